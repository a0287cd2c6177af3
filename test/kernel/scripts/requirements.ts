import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether the whole of the long tests runs (`npm run test:kernel`), or a slice that is fit for every change. */
export const FULL = process.env["KERNEL_TESTS"] === "full";

/** Where the system's own programs are, also when the caller's PATH leaves out those of root. */
const SYSTEM_PATH = `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin${delimiter}/usr/bin${delimiter}/sbin${delimiter}/bin`;

/** What these tests change the kernel with. */
const PROGRAMS = [
  "ip",
  "setsid",
  "iptables-legacy",
  "iptables-nft",
  "nft",
  "nsenter",
  "unshare",
  "xtables-legacy-multi",
  "xtables-nft-multi",
];

/** Where a program is; undefined when the machine does not have it. */
export function whereIs(program: string): string | undefined {
  return SYSTEM_PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Where a program is. @throws Error when the machine does not have it: the test must have asked {@link lacking} before. */
export function pathOf(program: string): string {
  const path = whereIs(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}

/** Why a test that programs the kernel cannot run on this machine; false when it can. */
export function lacking(...programs: readonly string[]): string | false {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root, to make a network namespace and program it";
  const absent = [...PROGRAMS, ...programs].filter((program) => whereIs(program) === undefined);
  if (absent.length > 0) return `needs ${absent.join(", ")}`;
  const attempt = spawnSync(pathOf("unshare"), ["--net", "true"]);
  return attempt.status === 0 ? false : "this kernel lets nobody make a network namespace";
}
