import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { blocksOf } from "../readme/blocks.ts";
import { type Program, succeed } from "./process.ts";

/** What a program that uses an SDK is built from. */
export interface Sources {
  /** The folder with the SDK. */
  readonly sdk: string;
  /** An empty folder for the program. */
  readonly folder: string;
  /** The program's text. */
  readonly example: string;
}

/** Builds a program on an SDK as a user of the language would. @returns how to run it. */
export type Build = (sources: Sources) => Promise<Program>;

const { dependencies, devDependencies } = manifest;
const TSC = join(import.meta.dirname, "../../node_modules/.bin/tsc");
const CARGO_TARGET = join(import.meta.dirname, "../../node_modules/.cache/sdk-consumer");
const GO_MODULE = "example.com/redirect-planner";

export const BUILDS: Readonly<Record<string, Build>> = {
  async go({ sdk, folder, example }) {
    const module = `module consumer\n\ngo 1.26.0\n\nrequire ${GO_MODULE} v0.0.0\n\nreplace ${GO_MODULE} => ${sdk}\n`;
    write(folder, { "go.mod": module, "main.go": example });
    await succeed({ line: ["go", "mod", "tidy"], folder });
    await succeed({ line: ["go", "vet", "./..."], folder });
    await succeed({ line: ["go", "build", "-o", "consumer", "."], folder });
    return { line: [join(folder, "consumer")], folder };
  },

  async python({ sdk, folder, example }) {
    // Google's own package has no types.
    write(folder, {
      "main.py": example,
      "mypy.ini": "[mypy]\n[mypy-google.rpc]\nignore_missing_imports = True\n",
    });
    const python = join(folder, "venv/bin/python");
    const types = ["mypy==2.4.1", "types-grpcio-status==1.0.0.20260408", "types-protobuf==7.35.1.20260906"];
    await succeed({ line: ["python3", "-m", "venv", "venv"], folder });
    await succeed({ line: [python, "-m", "pip", "install", "--quiet", sdk, ...types], folder });
    await succeed({ line: [python, "-m", "mypy", "main.py"], folder });
    return { line: [python, "main.py"], folder };
  },

  async java({ sdk, folder, example }) {
    const copy = "dependency:copy-dependencies";
    await succeed({ line: ["mvn", "--batch-mode", "--quiet", "package", copy], folder: sdk });
    write(folder, { "Example.java": example });
    const classPath = [folder, join(sdk, "target/*"), join(sdk, "target/dependency/*")].join(delimiter);
    await succeed({ line: ["javac", "-Werror", "-Xlint", "-cp", classPath, "Example.java"], folder });
    return { line: ["java", "-cp", classPath, "Example"], folder };
  },

  async rust({ sdk, folder, example }) {
    const packages =
      'tonic = "0.14"\ntonic-types = "0.14"\nserde_json = "1"\ntokio = { version = "1", features = ["full"] }';
    const dependencies = `[dependencies]\nredirect-planner = { path = "${sdk}" }\n${packages}\n`;
    write(folder, {
      "Cargo.toml": `[package]\nname = "consumer"\nversion = "0.0.0"\nedition = "2021"\n\n${dependencies}`,
    });
    write(join(folder, "src"), { "main.rs": example });
    // What is built of other packages is kept for the next run.
    const env = { CARGO_TARGET_DIR: CARGO_TARGET, RUSTFLAGS: "-D warnings" };
    await succeed({ line: ["cargo", "build", "--quiet"], folder, env });
    return { line: [join(CARGO_TARGET, "debug", "consumer")], folder };
  },

  async typescript({ sdk, folder, example }) {
    await succeed({ line: ["npm", "pack", "--silent", "--pack-destination", sdk], folder: sdk });
    const [archive = ""] = globSync(join(sdk, "*.tgz"));
    // The page of the package ends with one more program, for grpc-js.
    const blocks = blocksOf(readFileSync(join(sdk, "README.md"), "utf8"));
    const sidecar = blocks.at(-1)?.code ?? "";
    write(folder, { "package.json": '{"type":"module"}', "main.ts": example, "sidecar.ts": sidecar });
    const packages = ["@connectrpc/connect", "@connectrpc/connect-node", "@grpc/grpc-js"].map(
      (name) => `${name}@${dependencies[name as keyof typeof dependencies]}`,
    );
    const types = `@types/node@${devDependencies["@types/node"]}`;
    await succeed({ line: ["npm", "install", "--silent", archive, types, ...packages], folder });
    const options = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
    await succeed({ line: [TSC, ...options, "main.ts", "sidecar.ts"], folder });
    return { line: [process.execPath, "main.js"], folder };
  },
};

function write(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
