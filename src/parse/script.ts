import type { IpFamily } from "../net/address.ts";
import type { Chain } from "../ruleset/rule.ts";
import { readCommand, type TableCommands } from "./command-words.ts";
import { readDocument } from "./document.ts";
import { FamilyGuard } from "./family.ts";
import { Budget } from "./limits.ts";
import { type NftText, readNftText } from "./nft/text.ts";
import { type Place, refuse } from "./parse-error.ts";
import { type Program, readProgram } from "./program.ts";
import { type RestoreOptions, readRestoreOptions } from "./restore-options.ts";
import { type CommandFailure, type PlacedCommand, RulesetState } from "./ruleset-state.ts";
import { readShell, type ShellCommand } from "./shell.ts";
import { type Word, WordReader } from "./word.ts";

/** What a script does, found without running it. */
export interface ScriptOutcome {
  /** The chains that there are when it has ended. */
  readonly chains: readonly Chain[];
  /** The commands that failed, in order. One behind `||` or `;` may have run all the same. */
  readonly failures: readonly CommandFailure[];
  /** How many commands of iptables, documents for iptables-restore, and texts for nft it has. */
  readonly commands: number;
  readonly documents: number;
  readonly texts: number;
}

/** Follows a script of iptables commands, restore documents and texts for nft from a state of the kernel on. */
export function followScript(text: string, state: readonly Chain[]): ScriptOutcome {
  const script = new ScriptRun(state);
  // What is no iptables command is an error also where it would not be reached.
  const steps = readShell(text).map((command) => ({ command, step: script.read(command) }));
  for (const { command, step } of steps) script.run(command, step);
  return script.outcome;
}

/** What a command of a script does to the rules. */
type Step =
  | { readonly kind: "nothing" }
  | { readonly kind: "command"; readonly family: IpFamily; readonly does: TableCommands }
  | {
      readonly kind: "document";
      readonly family: IpFamily;
      readonly options: RestoreOptions;
      readonly sections: ReturnType<typeof readDocument>["sections"];
    }
  | { readonly kind: "nft"; readonly text: NftText };

class ScriptRun {
  readonly #state: RulesetState;
  readonly #budget = new Budget();
  readonly #failures: CommandFailure[] = [];
  #backEnd: Program["backEnd"];
  #commands = 0;
  #documents = 0;
  #texts = 0;
  /** Whether the latest command that ran went well. */
  #success = true;

  constructor(state: readonly Chain[]) {
    this.#state = new RulesetState(state, "iptables");
  }

  get outcome(): ScriptOutcome {
    return {
      chains: this.#state.chains(),
      failures: this.#failures,
      commands: this.#commands,
      documents: this.#documents,
      texts: this.#texts,
    };
  }

  read({ words: [name, ...rest], end, input }: ShellCommand): Step {
    if (name === undefined) return { kind: "nothing" };
    if (name.text === "nft") return this.#readNft(rest, end, input);
    const program = readProgram(name);
    if (program === undefined) {
      // These do nothing, and stand behind || where a failure is to be passed over.
      if ((name.text === "true" || name.text === ":") && rest.length === 0) return { kind: "nothing" };
      refuse(name.place, name.text, "a command of iptables, ip6tables, their restore programs or nft");
    }
    this.#checkBackEnd(program, name);
    const words = new WordReader(rest, end);
    const { family, restore } = program;
    if (!restore) {
      this.#commands++;
      if (input !== undefined) refuse(name.place, name.text, "no here-document for this command");
      return { kind: "command", family, does: readCommand(words, { family: new FamilyGuard(family) }) };
    }
    this.#documents++;
    const options = readRestoreOptions(words);
    if (input === undefined) refuse(end, "", "a here-document with the rules");
    const { sections } = readDocument(input, { family, saved: false, budget: this.#budget });
    return { kind: "document", family, options, sections };
  }

  /** `nft -f -` with a here-document. */
  #readNft(words: readonly Word[], end: Place, input: ShellCommand["input"]): Step {
    this.#texts++;
    const [flag, file, more] = words;
    if (flag === undefined || !["-f", "--file"].includes(flag.text))
      refuse(flag?.place ?? end, flag?.text ?? "", "-f");
    if (file?.text !== "-") refuse(file?.place ?? end, file?.text ?? "", "-, for standard input");
    if (more !== undefined) refuse(more.place, more.text, "the end of the command");
    if (input === undefined) refuse(end, "", "a here-document with the rules");
    return { kind: "nft", text: readNftText(input) };
  }

  run({ words, when }: ShellCommand, step: Step): void {
    if (when !== "always" && this.#success !== (when === "success")) return;
    const failure = this.#do(step, words);
    this.#success = failure === undefined;
    if (failure !== undefined) this.#failures.push(failure);
  }

  #do(step: Step, words: readonly Word[]): CommandFailure | undefined {
    switch (step.kind) {
      case "nothing":
        return undefined;
      case "command": {
        const place = words[0]?.place ?? { line: 1, column: 1 };
        const text = words.map(({ verbatim }) => verbatim).join(" ");
        const { table, commands } = step.does;
        for (const command of commands) this.#budget.spend(command, place);
        const placed = commands.map((command): PlacedCommand => ({ command, place, text }));
        return this.#state.run(step.family, table, placed);
      }
      case "document": {
        const { options, sections, family } = step;
        if (options.test) return undefined;
        return this.#state.commit(family, sections, options, this.#budget);
      }
      case "nft":
        this.#state.load(step.text);
        return undefined;
    }
  }

  #checkBackEnd({ backEnd }: Program, { place, text }: Word): void {
    if (backEnd === undefined) return;
    this.#backEnd ??= backEnd;
    // The rules of the two are apart in the kernel, and a packet meets both.
    if (this.#backEnd !== backEnd) refuse(place, text, `one back end in a script, which is ${this.#backEnd}`);
  }
}
