import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deployText, ROOT } from "./deploy-files.ts";

/** The instructions of the Dockerfile, continuation lines joined. */
const INSTRUCTIONS: readonly string[] = deployText("Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => line !== "");

const FINAL = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex((line) => line.startsWith("FROM ")));

const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly version: string;
  readonly description: string;
  readonly license: string;
};

test("every base image is an argument with a default that is pinned to a version", () => {
  const stages = INSTRUCTIONS.flatMap((line) => /^FROM .* AS (\w+)$/.exec(line)?.[1] ?? []);
  const bases = INSTRUCTIONS.filter(
    (line) => line.startsWith("FROM ") && !stages.includes(line.slice("FROM ".length)),
  ).map((line) => /\$\{(\w+_IMAGE)\}/.exec(line)?.[1]);
  assert.equal(bases.length, 2);
  for (const name of bases) {
    const argument = INSTRUCTIONS.find((line) => line.startsWith(`ARG ${name}=`));
    assert.match(argument ?? "", /=[\w./-]+:(?!latest)[\w.-]+(?:@sha256:[0-9a-f]{64})?$/);
  }
});

test("the final stage runs nothing, and adds only the bundle and the licence", () => {
  assert.deepEqual(
    FINAL.filter((line) => /^(?:RUN|ADD|COPY|SHELL|VOLUME)\b/.test(line)),
    ["COPY --from=build /build/dist/ /app/", "COPY LICENSE /app/"],
  );
});

test("the image starts the planner without a shell, under a number that is not root", () => {
  assert.ok(FINAL.includes('ENTRYPOINT ["/nodejs/bin/node", "/app/redirect-planner.cjs"]'));
  assert.ok(FINAL.includes("USER 65532:65532"));
});

test("the image says of itself what the package says", () => {
  const text = FINAL.join("\n");
  assert.ok(FINAL.includes(`ARG VERSION=${PACKAGE.version}`));
  assert.ok(text.includes(`org.opencontainers.image.description="${PACKAGE.description}"`));
  assert.ok(text.includes(`org.opencontainers.image.licenses="${PACKAGE.license}"`));
});

test("the context holds no file that the build does not copy", () => {
  const admitted = deployText("Dockerfile.dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  const copied = INSTRUCTIONS.filter((line) => line.startsWith("COPY ") && !line.includes("--from")).flatMap(
    (line) => line.split(" ").slice(1, -1),
  );
  assert.deepEqual(admitted.sort(), copied.sort());
});
