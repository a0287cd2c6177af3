import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

const ALL: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** The settings as the help of the command lists them: a line for the flag and the variable, one for what they are. */
export function settingsHelp(): string {
  const width = Math.max(...ALL.map((setting) => flagOf(setting).length));
  return ALL.map((setting) => {
    const fallback = defaultOf(setting);
    const tail = fallback === undefined ? "" : `. Default: ${fallback}`;
    const values = setting.placeholder === "WORD" ? `: ${setting.takes}` : "";
    return `  ${flagOf(setting).padEnd(width)}  ${setting.variable}\n        ${setting.summary}${values}${tail}\n`;
  }).join("");
}

/** The settings as the table of the documentation. */
export function settingsTable(): string {
  const rows = ALL.map((setting) => {
    const { variable, takes, summary } = setting;
    return `| \`${variable}\` | \`${flagOf(setting)}\` | ${defaultOf(setting) ?? "none"} | ${takes} | ${summary} |\n`;
  });
  return `| variable | flag | default | takes | what it is |\n| --- | --- | --- | --- | --- |\n${rows.join("")}`;
}

function flagOf({ flag, placeholder }: Setting<unknown>): string {
  return `--${flag} ${placeholder}`;
}

/** Undefined where nothing is the default. */
function defaultOf({ fallback }: Setting<unknown>): string | undefined {
  const text = String(fallback ?? "");
  return text === "" ? undefined : text;
}
