import { spawnSync } from "node:child_process";

/** What these tests run besides Node and podman. */
const PROGRAMS = ["podman", "runc", "conmon", "netavark", "iptables", "nft", "npm", "tar", "ldd"];

/** Where Debian keeps the programs that podman finds without the PATH. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin:/usr/lib/podman`;

/** Why no container can be run on this machine; false when one can. Told where the tests are skipped. */
export function lacking(): string | false {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root, to run containers as a kubelet does";
  const absent = PROGRAMS.filter(
    (program) =>
      spawnSync("sh", ["-c", `command -v ${program}`], { env: { ...process.env, PATH } }).status !== 0,
  );
  return absent.length > 0 && `needs ${absent.join(", ")}`;
}

/** As {@link lacking}, and says so aloud: a line among skipped tests is easily missed. */
export function lackingAloud(): string | false {
  const reason = lacking();
  if (reason !== false) process.stderr.write(`NO CONTAINER IS TESTED: this machine ${reason}\n`);
  return reason;
}
