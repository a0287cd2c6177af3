import { whereIs } from "./requirements.ts";

/** A shell that images have as /bin/sh. */
interface Shell {
  readonly command: readonly [program: string, ...args: string[]];
  /** Why no test can use it; false when it is here. */
  readonly lacking: string | false;
}

/** The shells: of Debian and Ubuntu, of Alpine and other images with busybox, and of images that have bash alone. */
export const SHELLS: Readonly<Record<"dash" | "busybox" | "bash", Shell>> = {
  dash: shell("dash"),
  busybox: shell("busybox", "sh"),
  bash: shell("bash", "--posix", "--norc"),
};

function shell(name: string, ...args: readonly string[]): Shell {
  const path = whereIs(name);
  return { command: [path ?? name, ...args], lacking: path === undefined ? `needs ${name}` : false };
}
