/**
 * Checks that the generated code is what the contract generates: makes it again in a directory of its own and compares.
 * Prints each file that differs; exit code 1 when one does.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "generated-"));

function filesUnder(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(directory.length), readFileSync(file, "utf8")]),
  );
}

try {
  execFileSync("buf", ["generate", "--output", scratch], { cwd: repository, stdio: "inherit" });
  const committed = filesUnder(join(repository, "src/gen"));
  const generated = filesUnder(join(scratch, "src/gen"));
  const differing = [...new Set([...committed.keys(), ...generated.keys()])]
    .filter((file) => committed.get(file) !== generated.get(file))
    .sort();
  for (const file of differing) process.stderr.write(`src/gen${file} is not what the contract generates\n`);
  if (differing.length > 0) {
    process.stderr.write("run: npm run generate\n");
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}
