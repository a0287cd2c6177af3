import type { IpFamily } from "../net/address.ts";
import type { Command } from "../ruleset/command.ts";
import type { Chain, Table } from "../ruleset/rule.ts";
import { TableState } from "../ruleset/table-state.ts";
import type { Section } from "./document.ts";
import type { Budget } from "./limits.ts";
import type { NftText } from "./nft/text.ts";
import type { Place } from "./parse-error.ts";
import { refusalOf } from "./refusal.ts";
import type { RestoreOptions } from "./restore-options.ts";

/** A command, and where the text has it. */
export interface PlacedCommand {
  readonly command: Command;
  readonly place: Place;
  /** The line or the words that it was read from. */
  readonly text: string;
}

/** A command of a text that the kernel or iptables refuses in the state that it meets. */
export interface CommandFailure extends Place {
  readonly text: string;
  readonly reason: string;
}

/** All tables as the commands of a text change them. */
export class RulesetState {
  readonly #tables = new Map<string, TableState>();
  /** Chains that no command of iptables reaches. */
  #others: readonly Chain[];

  readonly #refusalOf: (table: Table, command: Command) => string | undefined;

  /**
   * Begins with these chains; with none, as a fresh network namespace does.
   *
   * @param from `iptables`: the commands are given to iptables, which refuses some by itself. `kernel`: they tell what a
   *   kernel has.
   */
  constructor(chains: readonly Chain[], from: "iptables" | "kernel") {
    this.#refusalOf = from === "iptables" ? refusalOf : () => undefined;
    this.#others = chains.filter(({ namespace }) => namespace !== undefined);
    for (const { family, table, namespace } of chains) {
      if (namespace !== undefined || this.#tables.has(`${family} ${table}`)) continue;
      this.#tables.set(`${family} ${table}`, new TableState(family, table, chains));
    }
  }

  /** Does the commands one by one, up to the first that is refused: why, or undefined when all were done. */
  run(family: IpFamily, table: Table, commands: readonly PlacedCommand[]): CommandFailure | undefined {
    return this.#firstFailure(this.#table(family, table), commands);
  }

  /**
   * Does a restore document: each of its tables all or none, in order, up to the first that fails.
   *
   * @returns Why one failed; undefined when all were done.
   */
  commit(
    family: IpFamily,
    sections: readonly Section[],
    { noflush, table }: Pick<RestoreOptions, "noflush" | "table">,
    budget: Budget,
  ): CommandFailure | undefined {
    for (const section of sections) {
      if (table !== undefined && section.table !== table) continue;
      const { place, text } = section;
      const reset: PlacedCommand = { command: { kind: "reset" }, place, text };
      // The copy takes as long as a reset does.
      budget.spend(reset.command, place);
      const next = this.#table(family, section.table).copy();
      const failure = this.#firstFailure(next, noflush ? section.commands : [reset, ...section.commands]);
      if (failure !== undefined) return failure;
      this.#tables.set(`${family} ${section.table}`, next);
    }
    return undefined;
  }

  /** Does what a text for nft says, all of it at once. */
  load({ emptied, chains }: NftText): void {
    const kept = this.#others.filter(({ namespace = "" }) => !emptied.has(namespace));
    this.#others = [...kept, ...chains];
  }

  /** The chains that there are now. */
  chains(): readonly Chain[] {
    return [...[...this.#tables.values()].flatMap((state) => state.chains()), ...this.#others];
  }

  #table(family: IpFamily, table: Table): TableState {
    const key = `${family} ${table}`;
    const state = this.#tables.get(key) ?? new TableState(family, table);
    this.#tables.set(key, state);
    return state;
  }

  #firstFailure(state: TableState, commands: readonly PlacedCommand[]): CommandFailure | undefined {
    for (const { command, place, text } of commands) {
      const reason = this.#refusalOf(state.table, command) ?? state.apply(command);
      if (reason !== undefined) return { ...place, text, reason };
    }
    return undefined;
  }
}
