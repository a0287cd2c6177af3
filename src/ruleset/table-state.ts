import type { IpFamily } from "../net/address.ts";
import { BUILT_IN_CHAINS, hookOf } from "./built-in-chains.ts";
import { ChainState } from "./chain-state.ts";
import type { Command } from "./command.ts";
import type { Chain, Rule, Table } from "./rule.ts";

/** One table of one family as commands change it: what the kernel would hold after each of them. */
export class TableState {
  readonly family: IpFamily;
  readonly table: Table;
  #chains: Map<string, ChainState>;

  /** A table that holds these of `chains` that are its own; by default the table of a fresh network namespace. */
  constructor(family: IpFamily, table: Table, chains: readonly Chain[] = []) {
    this.family = family;
    this.table = table;
    this.#chains = builtIn(table);
    for (const chain of chains) {
      if (chain.family !== family || chain.table !== table || chain.namespace !== undefined) continue;
      this.#chains.set(chain.name, new ChainState(chain.rules, chain.policy));
    }
  }

  /** Another state that is equal now and changes on its own from here. */
  copy(): TableState {
    return new TableState(this.family, this.table, this.#all());
  }

  /**
   * Does what the command does to the table.
   *
   * @returns Why the kernel or iptables refuses it, and then nothing changed; undefined when it was done.
   */
  apply(command: Command): string | undefined {
    if (command.kind === "reset") {
      this.#chains = builtIn(this.table);
      return undefined;
    }
    const name = command.chain;
    const chain = name === undefined ? undefined : this.#chains.get(name);
    switch (command.kind) {
      case "new-chain":
        if (chain !== undefined) return `chain ${command.chain} already exists`;
        this.#chains.set(command.chain, new ChainState());
        return undefined;
      case "declare-chain":
        if (chain === undefined) this.#chains.set(command.chain, new ChainState());
        else chain.flush();
        return undefined;
      case "flush":
        if (name !== undefined && chain === undefined) return missing(name);
        for (const each of chain === undefined ? this.#chains.values() : [chain]) each.flush();
        return undefined;
      case "delete-chain":
        return name === undefined ? this.#deleteUserChains() : this.#deleteChain(name);
      case "rename-chain":
        return this.#rename(command.chain, command.name);
      default:
        return chain === undefined ? missing(command.chain) : this.#change(chain, command);
    }
  }

  /** Built-in chains that have rules or a policy other than accept, then the user's in the order of their creation. */
  chains(): readonly Chain[] {
    return this.#all().filter(
      ({ hook, rules, policy }) => hook === undefined || rules.length > 0 || policy === "drop",
    );
  }

  #all(): Chain[] {
    return [...this.#chains].map(([name, chain]) => {
      const hook = hookOf(this.table, name);
      return {
        family: this.family,
        table: this.table,
        name,
        ...(hook !== undefined && { hook }),
        ...(chain.policy === "drop" && { policy: chain.policy }),
        rules: chain.rules(),
      };
    });
  }

  #change(chain: ChainState, command: RuleCommand): string | undefined {
    if ("rule" in command) {
      const unknown = this.#unknownTarget(command.rule);
      if (unknown !== undefined) return unknown;
    }
    switch (command.kind) {
      case "append":
        chain.append(command.rule);
        return undefined;
      case "insert":
        chain.insert(command.rule);
        return undefined;
      case "ensure":
        if (chain.find(command.rule) === 0) chain.append(command.rule);
        return undefined;
      case "set-policy":
        if (hookOf(this.table, command.chain) === undefined) return `chain ${command.chain} is not built in`;
        chain.policy = command.policy;
        return undefined;
      case "check":
        return chain.find(command.rule) === 0 ? "no such rule" : undefined;
      case "delete": {
        const position = chain.find(command.rule);
        return position !== 0 && chain.splice(position, 1) ? undefined : "no such rule";
      }
      case "insert-at":
        return chain.splice(command.position, 0, command.rule) ? undefined : noRule(command);
      case "replace":
        return chain.splice(command.position, 1, command.rule) ? undefined : noRule(command);
      case "delete-at":
        return chain.splice(command.position, 1) ? undefined : noRule(command);
    }
  }

  #deleteChain(name: string): string | undefined {
    const chain = this.#chains.get(name);
    if (chain === undefined) return missing(name);
    if (hookOf(this.table, name) !== undefined) return `chain ${name} is built in`;
    if (chain.length > 0) return `chain ${name} is not empty`;
    if (this.#jumpTargets().has(name)) return `chain ${name} is still jumped to`;
    this.#chains.delete(name);
    return undefined;
  }

  #deleteUserChains(): string | undefined {
    const user = [...this.#chains.keys()].filter((name) => hookOf(this.table, name) === undefined);
    const targets = this.#jumpTargets();
    for (const name of user) {
      if (this.#chains.get(name)?.length !== 0) return `chain ${name} is not empty`;
      if (targets.has(name)) return `chain ${name} is still jumped to`;
    }
    for (const name of user) this.#chains.delete(name);
    return undefined;
  }

  #rename(from: string, to: string): string | undefined {
    const chain = this.#chains.get(from);
    if (chain === undefined) return missing(from);
    if (hookOf(this.table, from) !== undefined) return `chain ${from} is built in`;
    if (this.#chains.has(to)) return `chain ${to} already exists`;
    const moved = (rule: Rule): Rule => {
      const { target } = rule;
      return "chain" in target && target.chain === from
        ? { ...rule, target: { ...target, chain: to } }
        : rule;
    };
    this.#chains = new Map(
      [...this.#chains].map(([name, each]) => [
        name === from ? to : name,
        new ChainState(each.rules().map(moved), each.policy),
      ]),
    );
    return undefined;
  }

  /** Every chain that some rule jumps or goes to. */
  #jumpTargets(): ReadonlySet<string> {
    const targets = new Set<string>();
    for (const chain of this.#chains.values()) {
      for (const { target } of chain.rules()) if ("chain" in target) targets.add(target.chain);
    }
    return targets;
  }

  #unknownTarget({ target }: Rule): string | undefined {
    return "chain" in target && !this.#chains.has(target.chain)
      ? `no chain or target is called ${target.chain}`
      : undefined;
  }
}

/** The commands about the rules or the policy of a chain that is there. */
type RuleCommand = Extract<
  Command,
  {
    kind:
      | "append"
      | "insert"
      | "ensure"
      | "insert-at"
      | "replace"
      | "delete"
      | "delete-at"
      | "check"
      | "set-policy";
  }
>;

function builtIn(table: Table): Map<string, ChainState> {
  return new Map(BUILT_IN_CHAINS[table].map((hook) => [hook, new ChainState()]));
}

function missing(name: string): string {
  return `no chain is called ${name}`;
}

function noRule({ chain, position }: { readonly chain: string; readonly position: number }): string {
  return `chain ${chain} has no rule number ${position}`;
}
