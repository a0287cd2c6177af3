import { chmodSync, lstatSync, unlinkSync } from "node:fs";

/** Who may connect: the user and the group of the server, so that containers of one pod share it by their group. */
const MODE = 0o660;

/**
 * Removes the socket that a server which was killed left at a path.
 *
 * @throws Error when something other than a socket is there.
 */
export function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there and is no socket`);
  unlinkSync(path);
}

/** Lets the server's user and group connect to the socket at a path, and nobody else. */
export function restrictSocket(path: string): void {
  chmodSync(path, MODE);
}
