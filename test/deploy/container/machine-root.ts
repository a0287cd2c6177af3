import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** The root of a small system, made of what this machine has. */
export interface MachineRoot {
  readonly folder: string;
  /** Copies a program with the libraries that it is linked to. */
  readonly program: (source: string, path: string) => void;
  /** Copies a folder, or links from `path` to `target`. */
  readonly tree: (source: string, path: string) => void;
  readonly link: (target: string, path: string) => void;
  readonly file: (path: string, text: string) => void;
  readonly directory: (path: string) => void;
}

/** Where a program of this machine is. */
export function whereIs(program: string): string {
  const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  const found = execFileSync("sh", ["-c", 'command -v "$1"', "sh", program], {
    env: { PATH },
    encoding: "utf8",
  });
  return realpathSync(found.trim());
}

/** Begins such a root in an empty folder. */
export function createMachineRoot(folder: string): MachineRoot {
  const at = (path: string): string => {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    return target;
  };
  const libraries = (binary: string): void => {
    const linked = execFileSync("ldd", [binary], { encoding: "utf8" });
    for (const [, library = ""] of linked.matchAll(/(\/\S+) \(0x/g)) {
      if (!existsSync(join(folder, library))) copyFileSync(realpathSync(library), at(library));
    }
  };
  mkdirSync(at("tmp/."), { recursive: true, mode: 0o1777 });
  return {
    folder,
    program: (source, path) => {
      copyFileSync(source, at(path));
      libraries(source);
    },
    tree: (source, path) => cpSync(source, at(path), { recursive: true, verbatimSymlinks: true }),
    link: (target, path) => symlinkSync(target, at(path)),
    file: (path, text) => writeFileSync(at(path), text),
    directory: (path) => mkdirSync(at(path), { recursive: true }),
  };
}
