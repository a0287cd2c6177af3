/** A setting of the server: a variable, and a flag that wins over it. */
export interface Setting<Value> {
  /** `MAX_MESSAGE_BYTES`. */
  readonly variable: string;
  /** `max-message-bytes`. */
  readonly flag: string;
  /** What stands for the value in the help: `N`, `MS`, `FILE`. */
  readonly placeholder: string;
  readonly summary: string;
  /** What it takes, as an error tells it: `a whole number from 0 to 65535`. */
  readonly takes: string;
  /** The value when neither is given. */
  readonly fallback: Value;
  /** The value that a text stands for; `undefined` when it stands for none. */
  readonly read: (text: string) => Value | undefined;
}

/** What a setting is for, beside its values. */
export interface SettingWords {
  readonly summary: string;
  /** Default: the variable in the spelling of flags. */
  readonly flag?: string;
}

/** How a number is counted: in what is told by its placeholder. */
export type Unit = "N" | "MS" | "BYTES";

/** A whole number. */
export function wholeNumber(
  variable: string,
  unit: Unit,
  fallback: number,
  [least, most]: readonly [number, number],
  words: SettingWords,
): Setting<number> {
  return {
    ...named(variable, words),
    placeholder: unit,
    takes: `a whole number from ${least} to ${most}`,
    fallback,
    read: (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/** Text of any kind: a path, an address. */
export function text(
  variable: string,
  placeholder: string,
  words: SettingWords,
): Setting<string | undefined> {
  return {
    ...named(variable, words),
    placeholder,
    takes: "any text",
    fallback: undefined,
    read: (given) => given,
  };
}

/** Names with commas between them. A list of none is refused: where names are asked for, it would let everybody in. */
export function names(variable: string, words: SettingWords): Setting<readonly string[]> {
  return {
    ...named(variable, words),
    placeholder: "NAMES",
    takes: "names with commas between them",
    fallback: [],
    read: (given) => {
      const list = given.split(",").flatMap((name) => name.trim() || []);
      return list.length > 0 ? list : undefined;
    },
  };
}

/** One of a few words, in any case. */
export function word<Word extends string>(
  variable: string,
  words: readonly Word[],
  fallback: Word,
  about: SettingWords,
): Setting<Word> {
  return {
    ...named(variable, about),
    placeholder: "WORD",
    takes: words.join(", "),
    fallback,
    read: (given) => words.find((candidate) => candidate === given.toLowerCase()),
  };
}

function named(
  variable: string,
  { summary, flag = variable.toLowerCase().replaceAll("_", "-") }: SettingWords,
) {
  return { variable, flag, summary };
}
