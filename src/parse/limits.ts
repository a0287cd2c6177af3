import type { Command } from "../ruleset/command.ts";
import { type Place, refuse } from "./parse-error.ts";

/** The longest text that is read, in UTF-16 units. A node of 10,000 services saves about 10 million. */
export const MAX_RULES_TEXT = 32 * 1024 * 1024;

/** The most commands of one text: a rule, a chain or a policy each. */
export const MAX_COMMANDS = 500_000;

/** The most rules that one line may stand for: `-s a,b -d c,d` is four. */
export const MAX_RULES_OF_A_LINE = 4096;

/**
 * The most commands of one text that take time with the number of rules there are: deletions, insertions in the middle,
 * searches, and tables committed.
 */
export const MAX_SLOW_COMMANDS = 2_000;

/** Counts the commands of a text against the limits, so that no text takes more than seconds. */
export class Budget {
  #commands = 0;
  #slow = 0;

  /** @throws A refusal, when the command is one too many. */
  spend(command: Command, place: Place): void {
    if (++this.#commands > MAX_COMMANDS)
      refuse(place, command.kind, `at most ${MAX_COMMANDS} rules and chains`);
    switch (command.kind) {
      case "append":
      case "insert":
      case "new-chain":
      case "declare-chain":
      case "set-policy":
        return;
      default:
        if (++this.#slow > MAX_SLOW_COMMANDS) {
          refuse(place, command.kind, `at most ${MAX_SLOW_COMMANDS} commands that search or empty a table`);
        }
    }
  }
}
