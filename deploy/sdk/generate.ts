import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import type { Language } from "./languages.ts";
import { ROOT, run } from "./run.ts";
import { copyTemplates } from "./template.ts";
import { installTools } from "./tools.ts";

/**
 * Makes the SDK of a language from the contract: a package that is ready to be published.
 *
 * @param name the language's name, which is also that of its folder here.
 * @param folder where the SDK goes. What is there is replaced once the new one is complete.
 * @throws Error when a program is missing, or fails.
 */
export function generateSdk(name: string, language: Language, folder: string): void {
  const data = join(import.meta.dirname, name);
  const tools = installTools(name, language);
  const values = {
    version: manifest.version,
    description: manifest.description,
    ...manifest.dependencies,
    example: readFileSync(join(data, language.example), "utf8").trimEnd(),
  };
  // Inside the repository, where its packages are found, wherever the SDK goes.
  const partial = join(ROOT, "dist", `sdk-${name}.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  try {
    copyTemplates(join(data, "package"), partial, values);
    copyFileSync(join(ROOT, "LICENSE"), join(partial, "LICENSE"));
    const paths = language.paths.flatMap((path) => ["--path", path]);
    run({ line: ["buf", "generate", "--template", language.template, "--output", partial, ...paths] }, tools);
    for (const source of language.sources ?? []) {
      cpSync(join(ROOT, source), join(partial, source), { recursive: true });
    }
    for (const command of language.finish?.(partial) ?? []) run(command, tools);
    rmSync(folder, { recursive: true, force: true });
    cpSync(partial, folder, { recursive: true });
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
