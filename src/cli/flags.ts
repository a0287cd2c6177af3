import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { suggestion } from "./suggestion.ts";
import { UsageError } from "./usage-error.ts";

type StrictConfig<Options extends ParseArgsOptionsConfig> = ParseArgsConfig & {
  readonly options: Options;
  readonly strict: true;
  readonly allowPositionals: true;
};

/** The flags of a command as they were given. */
export type Flags<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<StrictConfig<Options>>
>["values"];

/**
 * Reads a command's flags. `-o=json` and `-f=pod.yaml` are taken as kubectl takes them.
 *
 * @throws UsageError on a flag that the command does not have (with the nearest one), on a missing or an unexpected value,
 * and on an argument that is no flag.
 */
export function readFlags<Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Options,
): Flags<Options> {
  const { flags, words } = readFlagsAndWords(argv, options);
  const [argument] = words;
  if (argument !== undefined) {
    const hint = Object.hasOwn(options, "file") ? "; a file is given by -f" : "";
    throw new UsageError(`unexpected argument '${argument}'${hint}`);
  }
  return flags;
}

/** The same for a command that takes arguments without a flag: they are its words. @throws UsageError */
export function readFlagsAndWords<Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Options,
): { readonly flags: Flags<Options>; readonly words: readonly string[] } {
  const args = argv.flatMap((arg) => (/^-[a-z]=/.test(arg) ? [arg.slice(0, 2), arg.slice(3)] : [arg]));
  refuseUnknown(args, options);
  const { values, positionals } = parseStrictly(args, options);
  return { flags: values, words: positionals };
}

/** Node's own complaint about an unknown flag knows no nearest one. */
function refuseUnknown(args: readonly string[], options: ParseArgsOptionsConfig): void {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || Object.hasOwn(options, token.name)) continue;
    const near = suggestion(
      token.rawName,
      Object.keys(options).map((name) => `--${name}`),
    );
    throw new UsageError(`unknown flag '${token.rawName}'${near}`);
  }
}

function parseStrictly<Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    return parseArgs<StrictConfig<Options>>({ args, options, strict: true, allowPositionals: true });
  } catch (error) {
    // Node's texts are a sentence for the user and, from the second line on, advice about `--` and `=`.
    if (error instanceof TypeError)
      throw new UsageError((error.message.split("\n")[0] ?? "").replace(/\.$/, ""));
    throw error;
  }
}

/**
 * The value of a flag that takes one of a few words; undefined when the flag is absent.
 *
 * @throws UsageError on any other word, with the nearest and with all of them.
 */
export function choice<Word extends string>(
  flag: string,
  given: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((candidate) => candidate === given);
  if (word !== undefined) return word;
  throw new UsageError(`${flag} '${given}': expected ${words.join(", ")}${suggestion(given, words)}`);
}
