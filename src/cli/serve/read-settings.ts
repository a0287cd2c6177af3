import type { ParseArgsOptionsConfig } from "node:util";
import { type Flags, readFlags } from "../flags.ts";
import type { Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS, type SettingName, type Settings } from "./settings.ts";
import { tlsFaults } from "./tls-faults.ts";

/** The flags of every setting, as `parseArgs` takes them. */
const FLAGS: ParseArgsOptionsConfig = Object.fromEntries(
  Object.values(SETTINGS).map(({ flag }) => [flag, { type: "string" }]),
);

/**
 * The settings that flags and variables give, flags first. An empty variable counts as none.
 *
 * @throws UsageError that tells everything that is wrong with them at once: each with its name, its value and what it takes.
 */
export function readSettings(argv: readonly string[], env: Io["env"]): Settings {
  const flags = readFlags(argv, FLAGS);
  const faults: string[] = [];
  const read = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const { fallback, takes } = setting;
    const [source, given] = givenFor(setting, flags, env);
    if (given === undefined) return [name, fallback] as const;
    const value = setting.read(given);
    if (value === undefined) faults.push(`${source} '${given}': expected ${takes}`);
    return [name, value ?? fallback] as const;
  });
  const settings = Object.fromEntries(read) as Record<SettingName, unknown> as Settings;
  faults.push(...tlsFaults(settings));
  if (faults.length > 0) throw new UsageError(...faults);
  return settings;
}

/** Where a setting is given, and the text; no text when it is not. */
function givenFor(
  { flag, variable }: Setting<unknown>,
  flags: Flags<ParseArgsOptionsConfig>,
  env: Io["env"],
): readonly [source: string, text: string | undefined] {
  const byFlag = flags[flag];
  return typeof byFlag === "string" ? [`--${flag}`, byFlag] : [variable, env[variable] || undefined];
}
