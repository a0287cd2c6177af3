import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { InputError } from "../input-error.ts";
import type { Io } from "../io.ts";
import { type JsonItem, JsonItems } from "./json-items.ts";
import { valueAt } from "./resource.ts";
import { unreadable } from "./text-source.ts";

/** A pod of a stream, not yet read as a message. */
export interface StreamedPod {
  /** `default/curl`; the name alone, or empty, where there is no more. */
  readonly id: string;
  readonly value: unknown;
  /** The line on which it begins: `pods.json:17`. */
  readonly where: string;
}

/** Pods that are read one by one. */
export interface PodStream {
  readonly pods: AsyncIterable<StreamedPod>;
  /** How much of it was read, from 0 to 1; undefined when its length is not known. */
  readonly progress: () => number | undefined;
}

/**
 * Opens the pods that `kubectl get pods -o json` prints, or objects one behind the other, in a file or on standard input.
 * One pod is held at a time. Iterating throws InputError on what cannot be read, and on what is no pod.
 */
export async function openPodStream(file: string, stdin: Io["stdin"]): Promise<PodStream> {
  const name = file === "-" ? "<stdin>" : file;
  const length = file === "-" ? undefined : await lengthOf(file);
  let read = 0;
  return {
    pods: readPods(name, file === "-" ? stdin : createReadStream(file), (bytes) => {
      read += bytes;
    }),
    progress: () => (length === undefined || length === 0 ? undefined : Math.min(1, read / length)),
  };
}

async function lengthOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function* readPods(
  name: string,
  stream: Io["stdin"],
  onRead: (bytes: number) => void,
): AsyncGenerator<StreamedPod> {
  const items = new JsonItems(name);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new InputError({ where: name, message: "is not UTF-8" });
    }
  };
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      onRead(bytes.length);
      for (const item of items.push(decode(bytes))) yield podOf(name, item);
    }
    for (const item of items.push(decode())) yield podOf(name, item);
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(name, error);
  }
  items.end();
}

function podOf(name: string, { text, line }: JsonItem): StreamedPod {
  const where = `${name}:${line}`;
  const value = parse(text, where);
  const kind = valueAt(value, ["kind"]);
  if (kind !== undefined && kind !== "Pod") {
    throw new InputError({
      where,
      message: `is a ${String(kind)}; expected what kubectl get pods -o json prints`,
    });
  }
  // The items of a PodList that the API server itself gives have no kind.
  if (kind === undefined && valueAt(value, ["metadata"]) === undefined) {
    throw new InputError({ where, message: "is no pod; expected what kubectl get pods -o json prints" });
  }
  const id = [valueAt(value, ["metadata", "namespace"]), valueAt(value, ["metadata", "name"])]
    .filter((part) => typeof part === "string" && part !== "")
    .join("/");
  return { id, value, where };
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError({
      where,
      message: `not JSON: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}
