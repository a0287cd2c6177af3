import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Podman with a storage of its own, which is gone when it is closed. */
export interface Engine {
  /** A folder for files of the test. */
  readonly folder: string;
  /** Runs podman. @returns what it prints, without the last line break. @throws Error when it fails. */
  readonly podman: (...args: readonly string[]) => Promise<string>;
  /** Runs podman, whatever comes of it. */
  readonly attempt: (...args: readonly string[]) => Promise<Ended>;
  /** Runs podman with a text or bytes on its standard input. */
  readonly feed: (input: NodeJS.ReadableStream, ...args: readonly string[]) => Promise<string>;
  /** Removes every container, image and network that was made here. */
  readonly close: () => Promise<void>;
}

/** runc, and limits that a container may be given where the tests themselves run in one. */
const CONFIGURATION = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[network]
network_backend = "netavark"
`;

/** Makes an engine. */
export async function createEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "containers-"));
  const configuration = join(folder, "containers.conf");
  writeFileSync(configuration, CONFIGURATION);
  const own = [
    `--root=${join(folder, "storage")}`,
    `--runroot=${join(folder, "run")}`,
    `--network-config-dir=${join(folder, "networks")}`,
    `--tmpdir=${join(folder, "tmp")}`,
  ];
  // Health checks are run when a test says so, and not by timers of systemd.
  const env = { ...process.env, CONTAINERS_CONF: configuration, DISABLE_HC_SYSTEMD: "true" };

  const start = (input: NodeJS.ReadableStream | undefined, args: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn("podman", [...own, ...args], { env });
      if (input === undefined) child.stdin.end();
      else input.pipe(child.stdin);
      const output = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
          output[stream] += text;
        });
      }
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, ...output }));
    });

  const run = async (input: NodeJS.ReadableStream | undefined, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await start(input, args);
    if (code !== 0) throw new Error(`podman ${args.join(" ")} ends with ${code}: ${stdout}${stderr}`);
    return stdout.trimEnd();
  };

  return {
    folder,
    podman: (...args) => run(undefined, args),
    attempt: (...args) => start(undefined, args),
    feed: (input, ...args) => run(input, args),
    close: async () => {
      await start(undefined, ["pod", "rm", "--all", "--force", "--time=0"]);
      await start(undefined, ["rm", "--all", "--force", "--time=0"]);
      await start(undefined, ["network", "prune", "--force"]);
      await start(undefined, ["rmi", "--all", "--force"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
