import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

/** What a part of the source may import: other parts, and packages. */
interface Part {
  readonly parts: readonly string[];
  readonly packages?: readonly string[];
}

/** Values and their origins: whoever may read a policy or a rule may import what those are made of. */
const VALUES = ["origin", "net"];

/** The parts that do no I/O, read no clock and know no wire format: the library that also runs in a browser. */
const PURE: Readonly<Record<string, Part>> = {
  origin: { parts: [] },
  net: { parts: [], packages: ["ip-num"] },
  policy: { parts: VALUES },
  ruleset: { parts: VALUES },
  dialect: { parts: [...VALUES, "policy", "ruleset"] },
  render: { parts: [...VALUES, "ruleset"] },
  parse: { parts: [...VALUES, "ruleset"] },
  analyze: { parts: [...VALUES, "ruleset"] },
};
const ENGINE = Object.keys(PURE);

/** The files at the top that put the pure parts together are as pure as these. */
const COMPOSITION: Readonly<Record<string, Part>> = {
  "policy-intent": { parts: ["analyze", "policy"] },
  plan: { parts: [...ENGINE, "plan-findings"], packages: ["lru-cache"] },
  "plan-findings": { parts: [...ENGINE, "proxy-findings", "loopback-findings"] },
  "loopback-findings": { parts: [...ENGINE, "proxy-findings"] },
  "proxy-findings": { parts: ENGINE },
  index: { parts: [...ENGINE, "plan", "plan-findings"] },
};

const ANY_PACKAGE = ["*"];
const LIBRARY = [...ENGINE, ...Object.keys(COMPOSITION)];

const OUTER: Readonly<Record<string, Part>> = {
  gen: { parts: [], packages: ["@bufbuild/protobuf"] },
  client: { parts: ["gen"], packages: ["@bufbuild/protobuf", "@grpc/grpc-js"] },
  observe: { parts: [], packages: ANY_PACKAGE },
  service: { parts: [...LIBRARY, "gen"], packages: ANY_PACKAGE },
  transport: { parts: ["service", "gen", "observe"], packages: ANY_PACKAGE },
  cli: { parts: [...LIBRARY, "gen", "service", "transport", "observe"], packages: ANY_PACKAGE },
  main: { parts: ["cli", "transport", "service", "observe"], packages: ANY_PACKAGE },
};

const PARTS: Readonly<Record<string, Part>> = { ...PURE, ...COMPOSITION, ...OUTER };

/** Names that reach outside the program, or give another answer at another time. */
const IMPURE =
  /\b(?:process|Buffer|console|performance|globalThis|fetch|setTimeout|setInterval|Date|Intl|Math\.random|localeCompare|toLocale\w+)\b/;

interface Source {
  readonly path: string;
  readonly part: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

function sourcesOf(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => readSource(join(folder, path)));
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  return { path, part: partOf(path), code, imports: importsOf(code) };
}

function importsOf(code: string): readonly string[] {
  return [
    ...code.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gm),
    ...code.matchAll(/^import\s+"([^"]+)"/gm),
    ...code.matchAll(/\b(?:import|require)\(\s*["'`]([^"'`]+)/g),
  ].map(([, target]) => target ?? "");
}

/** The folder of `src`, or the name of a file that stands in `src` itself. */
function partOf(path: string): string {
  return path.split(sep)[1]?.replace(/\.ts$/, "") ?? "";
}

/** What is wrong with an import, if anything is. */
function violation({ path, part }: Source, target: string): string | undefined {
  const allowed = PARTS[part];
  if (allowed === undefined) return `${path}: src/${part} is no part that the table knows`;
  if (target.startsWith(".")) {
    const resolved = normalize(join(dirname(path), target));
    if (!resolved.startsWith(`src${sep}`))
      return resolved === "package.json" ? undefined : `${path}: ${target}`;
    const other = partOf(resolved);
    return other === part || allowed.parts.includes(other) ? undefined : `${path}: imports src/${other}`;
  }
  const packages = allowed.packages ?? [];
  const known =
    packages === ANY_PACKAGE || packages.some((name) => target === name || target.startsWith(`${name}/`));
  return known ? undefined : `${path}: imports ${target}`;
}

const sources = sourcesOf("src");

test("each part of the source imports only what its place in the data flow allows", () => {
  const violations = sources.flatMap((source) => source.imports.map((target) => violation(source, target)));
  assert.deepEqual(
    violations.filter((text) => text !== undefined),
    [],
  );
});

test("the import check sees a forbidden import in each of its forms", () => {
  const forms = (target: string): readonly string[] => [
    `import "${target}";`,
    `import { a,\n  b } from "${target}";`,
    `import type { A } from "${target}";`,
    `export * from "${target}";`,
    `const a = await import("${target}");`,
  ];
  const path = join("src", "policy", "x.ts");
  const found = (code: string): readonly (string | undefined)[] => {
    const source = { path, part: partOf(path), code, imports: importsOf(code) };
    return source.imports.map((target) => violation(source, target));
  };
  for (const target of ["node:fs", "pino", "../gen/x.ts", "../service/x.ts", "../ruleset/rule.ts"]) {
    for (const code of forms(target)) assert.equal(typeof found(code)[0], "string", code);
  }
  for (const target of ["./finding.ts", "../net/port.ts", "../origin.ts"]) {
    for (const code of forms(target)) assert.deepEqual(found(code), [undefined], code);
  }
});

test("the engine has no I/O, no clock, no chance and no locale", () => {
  const pure = sources.filter(({ part }) => part in PURE || part in COMPOSITION);
  assert.ok(pure.length > 30);
  const impure = pure.flatMap(({ path, code }) => {
    const found = IMPURE.exec(withoutTexts(code));
    return found === null ? [] : [`${path}: ${found[0]}`];
  });
  assert.deepEqual(impure, []);
});

test("no file has more than 350 lines", () => {
  const long = [...sources, ...sourcesOf("test")]
    .filter(({ part }) => part !== "gen")
    .map(({ path }) => ({ path, lines: readFileSync(join(root, path), "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > 350);
  assert.deepEqual(long, []);
});

test("no type is any", () => {
  const loose = [...sources, ...sourcesOf("test")]
    .filter(({ part }) => part !== "gen")
    .filter(({ code }) => /(?:[:<,|&=]|\bas)\s*any\s*(?:[;,)>|&={[\]]|$)/m.test(withoutTexts(code)));
  assert.deepEqual(
    loose.map(({ path }) => path),
    [],
  );
});

/** Tests that measure plans, or whose plans are refused. */
const UNPROVED = ["plan-cost.test.ts", "sdk.check.ts", "proved-plan.ts"];

test("tests prove every plan that they make", () => {
  const unproved = sourcesOf("test")
    .filter(
      ({ path, part, code }) => part !== "bench" && /\bplanPod\(/.test(withoutTexts(code)) && !isListed(path),
    )
    .map(({ path }) => path);
  assert.deepEqual(unproved, []);
});

function isListed(path: string): boolean {
  return UNPROVED.some((name) => path.endsWith(`${sep}${name}`));
}

/** Code with its strings emptied, so that words in messages are not taken for names. */
function withoutTexts(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/`(?:[^`\\$]|\\.|\$(?!\{))*(?=`|\$\{)/g, "`");
}
