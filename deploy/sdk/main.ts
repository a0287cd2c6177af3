/** Makes the SDKs of all languages, or of those that are named: `npm run sdk [-- LANGUAGE… --out FOLDER]`. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { generateSdk } from "./generate.ts";
import { LANGUAGES } from "./languages.ts";
import { ROOT } from "./run.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: join(ROOT, "dist", "sdk") } },
});
// npm runs its scripts at the top of the repository, wherever it was called.
const out = resolve(process.env["INIT_CWD"] ?? "", values.out);

const names = positionals.length > 0 ? positionals : Object.keys(LANGUAGES);
const unknown = names.find((name) => LANGUAGES[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`no SDK for ${unknown}; there are ${Object.keys(LANGUAGES).join(", ")}\n`);
  process.exit(2);
}

for (const [name, language] of Object.entries(LANGUAGES)) {
  if (!names.includes(name)) continue;
  generateSdk(name, language, join(out, name));
  process.stdout.write(`${join(out, name)}\n`);
}
