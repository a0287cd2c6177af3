import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { deployFiles, deployText, ROOT } from "./deploy-files.ts";
import { FORMS, NO_RENDERER } from "./forms.ts";
import { plannerOf } from "./pods.ts";

const HELP = new Map<string, string>();

/** What a command says about itself. */
function help(command: string): string {
  const known = HELP.get(command) ?? askForHelp(command);
  HELP.set(command, known);
  return known;
}

function askForHelp(command: string): string {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "src/main.ts"), command, "--help"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, command);
  return stdout;
}

const SERVE = help("serve");

/** The variables that the server reads. */
const VARIABLES: readonly string[] = [...SERVE.matchAll(/\b[A-Z]+(?:_[A-Z]+)+$|\bPORT$/gm)].map(
  ([name]) => name,
);

/** The texts that people read and that name variables and commands: documents, manifests, the Dockerfile. */
const TEXTS = deployFiles().filter((path) => /\.(?:md|yaml)$|Dockerfile$/.test(path));

test("every variable that a manifest sets is one that the server reads", { skip: NO_RENDERER }, () => {
  assert.ok(VARIABLES.includes("PORT") && VARIABLES.includes("TLS_ALLOWED_CLIENTS"));
  let set = 0;
  for (const form of FORMS) {
    for (const { name } of plannerOf(form).container.env ?? []) {
      assert.ok(VARIABLES.includes(name), `${form.path}: ${name}`);
      set += 1;
    }
  }
  assert.ok(set > 0);
});

test("every argument of a manifest is a command", { skip: NO_RENDERER }, () => {
  for (const form of FORMS) assert.deepEqual(plannerOf(form).container.args, ["serve"], form.path);
});

test("every variable that a text names in the server's way is one that the server reads", () => {
  const prefixes = [...new Set(VARIABLES.map((name) => name.split("_")[0]))].join("|");
  for (const path of TEXTS) {
    for (const [name] of deployText(path).matchAll(new RegExp(`\\b(?:${prefixes})_[A-Z_]+\\b`, "g"))) {
      assert.ok(VARIABLES.includes(name), `${path}: ${name}`);
    }
  }
});

test("every command and flag that a text names is one that there is", () => {
  let named = 0;
  for (const path of TEXTS) {
    for (const [, command = "", rest = ""] of deployText(path).matchAll(
      /redirect-planner (serve|plan|healthcheck|[a-z]+ --)([^`\n]*)/g,
    )) {
      const text = help(command.replace(/ --$/, ""));
      for (const [flag] of rest.matchAll(/--[a-z][a-z-]*/g))
        assert.ok(text.includes(flag), `${path}: ${flag}`);
      named += 1;
    }
  }
  assert.ok(named > 0);
});
