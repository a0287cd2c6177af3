import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { lackingProgram } from "../deploy/programs.ts";
import { succeed } from "../sdk/process.ts";
import { type Child, startChild } from "./child.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Where builds are kept between runs. */
const BUILDS = join(ROOT, "dist/injectors");

/** Where `npm run sdk` puts the SDKs. */
const SDKS = join(ROOT, "dist/sdk");

/** How the injector of a language is built and started. */
export interface Language {
  readonly name: string;
  /** Programs that must be on PATH. */
  readonly programs: readonly string[];
  /** Commands that build it, run in its folder. */
  readonly build: readonly (readonly [string, ...string[]])[];
  /** Variables that it needs to find the SDK. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command that starts it. */
  readonly start: readonly [string, ...string[]];
}

const source = (...path: readonly string[]): string => join(import.meta.dirname, ...path);
const built = (...path: readonly string[]): string => join(BUILDS, ...path);

export const LANGUAGES: readonly Language[] = [
  {
    name: "typescript",
    programs: [],
    // Node runs it as it is, from a place where it finds the SDK as an installed package.
    build: [
      ["mkdir", "-p", built("typescript/node_modules")],
      ["ln", "-sfn", join(SDKS, "typescript"), built("typescript/node_modules/redirect-planner-client")],
      ["cp", "--recursive", ".", built("typescript")],
    ],
    start: [process.execPath, built("typescript/injector.ts")],
  },
  {
    name: "go",
    programs: ["go"],
    build: [["go", "build", "-trimpath", "-o", built("go"), "."]],
    start: [built("go")],
  },
  {
    name: "python",
    programs: ["python3"],
    build: [
      ["python3", "-m", "venv", built("python")],
      [
        built("python/bin/pip"),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
      ],
    ],
    env: { PYTHONPATH: join(SDKS, "python/src") },
    start: [built("python/bin/python"), source("python/injector.py")],
  },
  {
    name: "java",
    programs: ["java", "mvn"],
    build: [
      ["mvn", "--batch-mode", "--quiet", "install", "--file", join(SDKS, "java")],
      ["mvn", "--batch-mode", "--quiet", "package", `-Dfolder=${built("java")}`],
    ],
    start: ["java", "-jar", built("java/injector.jar")],
  },
  {
    name: "rust",
    programs: ["cargo"],
    build: [["cargo", "build", "--quiet", "--locked", "--target-dir", built("rust")]],
    start: [built("rust/debug/injector")],
  },
];

/** Why a language cannot be tested on this machine, which is said aloud too; false when it can. */
export function lackingToolchain({ programs }: Language): string | false {
  return programs.map(lackingProgram).find((reason) => reason !== false) ?? false;
}

const builds = new Map<string, Promise<void>>();

/** Makes the SDK of a language, and builds its injector on it, once a run. @throws Error with what was printed. */
export function build(language: Language): Promise<void> {
  const begun = builds.get(language.name) ?? commandsOf(language);
  builds.set(language.name, begun);
  return begun;
}

async function commandsOf({ name, build }: Language): Promise<void> {
  await succeed({ line: [process.execPath, "deploy/sdk/main.ts", name], folder: ROOT });
  mkdirSync(BUILDS, { recursive: true });
  for (const line of build) await succeed({ line, folder: source(name) });
}

/** Starts an injector. It says its port. */
export function startInjector(
  { start, env }: Language,
  settings: Readonly<Record<string, string>>,
): Promise<Child> {
  return startChild(start, { ...env, ...settings, PORT: "0" }, /^listening on port (\d+)$/);
}
