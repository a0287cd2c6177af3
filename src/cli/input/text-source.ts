import { createReadStream } from "node:fs";
import { InputError } from "../input-error.ts";

/** The most that is read of one input, in bytes: about ten thousand pods as kubectl prints them. */
export const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** An input's text and the name that messages give it. */
export interface TextSource {
  /** The path as it was given, or `<stdin>`. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws InputError when it cannot be read, is over 64 MiB, is not UTF-8, or has a NUL byte.
 */
export async function readTextSource(
  file: string,
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<TextSource> {
  const name = file === "-" ? "<stdin>" : file;
  if (file.includes("\0"))
    throw new InputError({ where: name, message: "no file has a NUL byte in its name" });
  const bytes = await readBytes(name, file === "-" ? stdin : createReadStream(file));
  const text = decode(name, bytes);
  const nul = text.indexOf("\0");
  if (nul !== -1) {
    const line = text.slice(0, nul).split("\n").length;
    throw new InputError({
      where: `${name}:${line}`,
      message: "has a NUL byte, which neither YAML nor JSON allows",
    });
  }
  return { name, text };
}

async function readBytes(name: string, stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const buffer = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk);
      length += buffer.length;
      if (length > MAX_INPUT_BYTES) {
        throw new InputError({ where: name, message: `is over the limit of ${MAX_INPUT_BYTES} bytes` });
      }
      chunks.push(buffer);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unreadable(name, error);
  }
  return Buffer.concat(chunks);
}

/** The error of an input that the system does not give. */
export function unreadable(name: string, error: unknown): InputError {
  return new InputError({ where: name, message: reason(error) });
}

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "is a directory; name the files in it";
    case "EACCES":
      return "may not be read (permission denied)";
    default:
      return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // PowerShell's `>` writes UTF-16, with this mark in front.
    const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    throw new InputError({
      where: name,
      message: `is not UTF-8${utf16 ? " but UTF-16: save it as UTF-8" : ""}`,
    });
  }
}
