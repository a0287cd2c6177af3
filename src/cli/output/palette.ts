import { styleText } from "node:util";
import type { Io, OutputStream } from "../io.ts";

/** A colour or weight that output uses. */
export type Style = "red" | "green" | "yellow" | "cyan" | "bold" | "dim";

/** Puts a style on text, or leaves the text as it is where colour is unwanted. */
export type Paint = (style: Style, text: string) => string;

/**
 * How to paint for a stream: in colour on a terminal, plain elsewhere.
 *
 * `FORCE_COLOR` (other than `0` or empty) asks for colour anywhere, and wins over `NO_COLOR`, as it does in Node.
 * `NO_COLOR` (not empty) and `TERM=dumb` switch it off.
 */
export function paintFor(stream: OutputStream, env: Io["env"]): Paint {
  const coloured = wantsColour(stream, env);
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

function wantsColour(stream: OutputStream, env: Io["env"]): boolean {
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}
