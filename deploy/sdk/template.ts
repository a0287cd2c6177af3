import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What stands for each `{{name}}` of a template. */
export type Values = Readonly<Record<string, string>>;

/** A text with its `{{name}}`s replaced. @throws Error for a name without a value. */
export function fillIn(text: string, values: Values): string {
  return text.replace(/\{\{([\w./@-]+)\}\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a template asks for ${name}, which has no value`);
    return value;
  });
}

/** Copies a folder of templates, filled in. */
export function copyTemplates(from: string, to: string, values: Values): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, fillIn(readFileSync(source, "utf8"), values));
  }
}
