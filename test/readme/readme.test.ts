import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { blocksOf, type Example, examplesOf } from "./blocks.ts";

const UPDATE = process.env["UPDATE_GOLDEN"] === "1";
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const README = fileURLToPath(new URL("../../README.md", import.meta.url));
const KUBECTL = fileURLToPath(new URL("kubectl-stand-in.ts", import.meta.url));

/** The blocks of the client guide, and the programs that they are. */
const GUIDE: Readonly<Record<string, string>> = {
  go: "go/example.go",
  java: "java/Example.java",
  python: "python/example.py",
  rust: "rust/example.rs",
  ts: "typescript/example.ts",
};

const page = readFileSync(README, "utf8");
const examples = examplesOf(page);

/** The commands that run a server and this very test. */
const START = "npm ci && npm start\n";
const TEST = "npm ci && npm test\n";

/** npm's own remarks, on this machine's Node or settings, are not what the page is about; nor is colour. */
const { FORCE_COLOR: _forced, ...inherited } = process.env;
const environment = { ...inherited, npm_config_loglevel: "silent" };

/** The page with what its examples print now. */
function withOutputs(text: string, printed: ReadonlyMap<Example, string>): string {
  return [...printed].reduceRight((updated, [{ output }, now]) => {
    if (output === undefined) return updated;
    const end = output.start + output.code.length;
    return `${updated.slice(0, output.start)}${now.trimEnd()}\n${updated.slice(end)}`;
  }, text);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

describe("every command of the README does what the page says", () => {
  const printed = new Map<Example, string>();
  let port = 0;
  let server: ChildProcess;

  before(async () => {
    port = await freePort();
    // npm ci has run, or this test would not: what is left of the page's command is npm start.
    server = spawn("npm", ["start"], {
      cwd: REPOSITORY,
      env: { ...environment, PORT: String(port), ADMIN_PORT: "0" },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    assert.ok(server.stderr !== null);
    for await (const line of createInterface(server.stderr)) if (line.includes('"listening"')) break;
    server.stderr.resume();
  });

  after(() => {
    // npm, its shell and the server are a process group: the one that this test started.
    if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
    if (UPDATE) writeFileSync(README, withOutputs(page, printed));
  });

  /** Runs a block as a reader would, with both outputs on one screen; the server stands on a port of its own. */
  function run({ language, code }: Example): Promise<string> {
    const text = code.replaceAll("localhost:9000", `localhost:${port}`);
    const kubectl = `kubectl() { "${process.execPath}" "${KUBECTL}" "$@"; }`;
    const line =
      language === "sh"
        ? `exec 2>&1; ${kubectl}\n${text}`
        : `exec 2>&1; npx node --input-type=module <<'CODE'\n${text}CODE`;
    return new Promise((resolve) => {
      execFile("bash", ["-c", line], { cwd: REPOSITORY, env: environment }, (_error, stdout) =>
        resolve(stdout),
      );
    });
  }

  for (const [index, example] of examples.entries()) {
    if (example.code === START || example.code === TEST) continue;
    it(`block ${index + 1}: ${example.code.split("\n")[0]}`, async () => {
      assert.ok(example.output !== undefined, "the page shows no output for it");
      const output = await run(example);
      printed.set(example, output);
      if (!UPDATE) assert.equal(output.trimEnd(), example.output.code.trimEnd());
    });
  }

  it("shows the two commands that CI and this test run", () => {
    assert.deepEqual(
      [START, TEST].map((command) => examples.filter(({ code }) => code === command).length),
      [1, 1],
    );
    assert.match(
      readFileSync(new URL("../../.ci/run", import.meta.url), "utf8"),
      /^npm ci$[\s\S]*^npm test /m,
    );
  });
});

describe("the README", () => {
  it("shows the script of OSM's own page, byte for byte", () => {
    const shown = readFileSync(new URL("../cli/golden/seed-args.txt", import.meta.url), "utf8");
    assert.equal(examples.filter(({ output }) => output?.code === `${shown}\n`).length, 1);
  });

  it("links to files that are there", () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = ""]) => path);
    assert.deepEqual(
      links.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url))),
      [],
    );
  });

  it("has no block of another kind, which would not be run", () => {
    const kinds = new Set(blocksOf(page).map(({ info }) => info));
    const ofGuide = Object.keys(GUIDE);
    assert.deepEqual([...kinds].sort(), ["", "js", "sh", "text output", ...ofGuide].sort());
  });

  it("shows the program of each language that test/sdk builds and runs", () => {
    for (const [info, file] of Object.entries(GUIDE)) {
      const shown = blocksOf(page).filter((block) => block.info === info);
      const tested = readFileSync(new URL(`../../deploy/sdk/${file}`, import.meta.url), "utf8");
      assert.deepEqual(
        shown.map(({ code }) => code),
        [tested],
      );
    }
  });
});
