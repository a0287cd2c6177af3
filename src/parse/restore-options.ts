import type { Table } from "../ruleset/rule.ts";
import { readTable } from "./command-words.ts";
import { readNumber } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import type { WordReader } from "./word.ts";

/** How a document is put into the kernel (man iptables-restore). */
export interface RestoreOptions {
  /** Whether the tables keep what they have (`--noflush`). */
  readonly noflush: boolean;
  /** Whether the document is only looked at (`--test`). */
  readonly test: boolean;
  /** The only table of the document that is taken (`--table`). */
  readonly table?: Table;
}

/** What the words behind `iptables-restore` ask for. */
export function readRestoreOptions(words: WordReader): RestoreOptions {
  let noflush = false;
  let test = false;
  let table: Table | undefined;
  while (words.peek() !== undefined) {
    const { text, place } = words.take("an option");
    switch (text) {
      case "-n":
      case "--noflush":
        noflush = true;
        break;
      case "-t":
      case "--test":
        test = true;
        break;
      case "-T":
      case "--table":
        table = readTable(words.take("the name of a table"));
        break;
      case "-w":
      case "--wait":
      case "-W":
      case "--wait-interval":
        if (readNumber(words.peek()?.text ?? "", Number.MAX_VALUE) !== undefined) words.take("seconds");
        break;
      case "-c":
      case "--counters":
      case "-v":
      case "--verbose":
        break;
      default:
        if (!/^(?:--wait|-w)=?[0-9]+$/.test(text)) refuse(place, text, "an option of iptables-restore");
    }
  }
  return { noflush, test, ...(table !== undefined && { table }) };
}
