import type { Match } from "../ruleset/rule.ts";
import type { FamilyGuard } from "./family.ts";
import { extensionOf, matchOptions } from "./match-options.ts";
import { refuse } from "./parse-error.ts";
import type { Word, WordReader } from "./word.ts";

/** A match that the model does not know, with the words that it got so far. */
export class UnknownExtension {
  readonly #name: Word;
  readonly #words: Word[] = [];

  constructor(name: Word) {
    this.#name = name;
  }

  add(...words: readonly Word[]): void {
    this.#words.push(...words);
  }

  /** The condition as the rule's text has it. */
  get match(): Match {
    return { kind: "unknown", name: this.#name.text, text: verbatim(["-m", this.#name, ...this.#words]) };
  }
}

/**
 * Tells which extension of a rule each option belongs to: one loaded with `-m`, the one that `-p` brings with it, or the
 * target. An option that none of the known extensions has belongs to the latest extension that is not known, and is kept
 * as it stands, with the words behind it up to the next option.
 */
export class ExtensionWords {
  /** The options of the target, in order. */
  readonly targetOptions: Word[] = [];
  readonly #family: FamilyGuard;
  readonly #loaded: string[] = [];
  #latest: UnknownExtension | "target" | undefined;

  constructor(family: FamilyGuard) {
    this.#family = family;
  }

  /** Loads a match. Undefined when it is known: its options are the conditions then, and without one it has none. */
  load(name: Word): UnknownExtension | undefined {
    if (matchOptions(name.text) !== undefined) {
      this.#loaded.push(name.text);
      return undefined;
    }
    const extension = new UnknownExtension(name);
    this.#latest = extension;
    return extension;
  }

  /** Notes that the target was named, so that options can be its own. */
  target(): void {
    this.#latest = "target";
  }

  /**
   * Reads an option and its values.
   *
   * @returns The condition; undefined when the option went to the target or to a match that is not known.
   */
  option(
    option: Word,
    bang: Word | undefined,
    words: WordReader,
    protocol: string | undefined,
  ): Match | undefined {
    if (!isOption(option)) refuse(option.place, option.text, "an option");
    const owner = this.#owner(option.text, protocol);
    if (owner !== undefined) return this.#condition(owner, option, bang, words);
    const all = [...(bang ? [bang] : []), option, ...valuesOf(words)];
    if (this.#latest === undefined) {
      refuse(option.place, option.text, "an option of iptables, or of a match named with -m before it");
    }
    if (this.#latest === "target") this.targetOptions.push(...all);
    else this.#latest.add(...all);
    return undefined;
  }

  #owner(option: string, protocol: string | undefined): string | undefined {
    const loaded = this.#loaded.findLast((name) => matchOptions(name)?.has(option));
    if (loaded !== undefined || protocol === undefined) return loaded;
    const implied = extensionOf(protocol);
    return matchOptions(implied)?.has(option) ? implied : undefined;
  }

  #condition(extension: string, option: Word, bang: Word | undefined, words: WordReader): Match {
    const known = matchOptions(extension)?.get(option.text);
    // Before 1.4.3 the exclamation mark stood between the option and its value.
    const inner = known?.values === 0 ? undefined : words.takeIf("!");
    const negation = bang ?? inner;
    if (known === undefined) {
      const text = verbatim(["-m", extension, ...(negation ? [negation] : []), option, ...valuesOf(words)]);
      return { kind: "unknown", name: extension, text };
    }
    const value = known.values === 0 ? option : words.take(`the value of ${option.text}`);
    return (
      known.read(value, negation !== undefined, this.#family) ?? {
        kind: "unknown",
        name: extension,
        text: verbatim(["-m", extension, ...(negation ? [negation] : []), option, value]),
      }
    );
  }
}

/** Takes the words up to the next option: the values of one that has no known number of them. */
function valuesOf(words: WordReader): readonly Word[] {
  const values: Word[] = [];
  for (let word = words.peek(); word !== undefined; word = words.peek()) {
    const next = words.peek(1);
    if (isOption(word) && !word.quoted) break;
    // An exclamation mark turns round the option behind it, or in old rules the value behind it.
    if (word.text === "!" && (next === undefined || isOption(next))) break;
    values.push(words.take("a value"));
  }
  return values;
}

/** No option of an extension is called by a digit, so that `-1` is a value. */
function isOption({ text }: Word): boolean {
  return text.startsWith("-") && text.length > 1 && !/^-[0-9.]/.test(text);
}

function verbatim(words: readonly (Word | string)[]): string {
  return words.map((word) => (typeof word === "string" ? word : word.verbatim)).join(" ");
}
