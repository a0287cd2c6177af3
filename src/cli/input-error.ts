import { printable } from "../policy/quote.ts";

/** One thing wrong with an input, before the engine could look at it. */
export interface InputFault {
  /** Where: `pod.yaml:7:5`, `--set osm.localProxyMode`, or a file's name alone. */
  readonly where: string;
  /** What is wrong and what to write instead, with the field's path when it is about one. */
  readonly message: string;
}

/** Inputs could not be read. Holds at least one fault; all of them at once. Exit code 1. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly faults: readonly InputFault[];

  constructor(...faults: readonly InputFault[]) {
    super(faults.map(({ where, message }) => printable(`${where}: ${message}`)).join("\n"));
    this.faults = faults;
  }
}
