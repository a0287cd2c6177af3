import { printable } from "../../policy/quote.ts";
import { needsRestart, type Verdict } from "../audit/verdict.ts";
import type { Io } from "../io.ts";
import { type Paint, paintFor, type Style } from "./palette.ts";

/** Writes the verdicts of an audit as they come. */
export interface AuditWriter {
  pod(id: string, verdict: Verdict): void;
  /** What is said at the end. */
  end(): void;
}

/** How an audit is written. */
export interface AuditWriterOptions extends Pick<Io, "stdout" | "env"> {
  readonly output: "table" | "json";
  /** Whether the table has the pods, too, of which nothing is to be said. Default false. */
  readonly all?: boolean;
  /** Called before something is written. */
  readonly beforeWrite: () => void;
}

const STYLES: Readonly<Record<Verdict["kind"], Style>> = {
  outside: "dim",
  current: "green",
  equivalent: "green",
  different: "red",
  unknown: "yellow",
  refused: "red",
};

/** How wide the column of verdicts is. */
const WIDTH = Math.max(...Object.keys(STYLES).map((kind) => kind.length));

/** A writer that keeps nothing but counts: the columns of its table have widths of their own, and the pod's name is last. */
export function createAuditWriter({
  stdout,
  env,
  output,
  all = false,
  beforeWrite,
}: AuditWriterOptions): AuditWriter {
  const paint = paintFor(stdout, env);
  const counts = new Map<Verdict["kind"], number>();
  let restarts = 0;
  let headed = false;
  return {
    pod(id, verdict) {
      counts.set(verdict.kind, (counts.get(verdict.kind) ?? 0) + 1);
      if (needsRestart(verdict)) restarts += 1;
      if (output === "table" && !all && isQuiet(verdict)) return;
      beforeWrite();
      if (output === "table" && !headed)
        stdout.write(`${paint("bold", `RESTART  ${"RULES".padEnd(WIDTH)}  POD`)}\n`);
      headed = true;
      stdout.write(
        output === "json" ? `${JSON.stringify(jsonLine(id, verdict))}\n` : row(id, verdict, paint),
      );
    },
    end() {
      if (output === "json") return;
      beforeWrite();
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const listed = Object.keys(STYLES).flatMap((kind) => {
        const count = counts.get(kind as Verdict["kind"]);
        return count === undefined ? [] : [`${count} ${kind}`];
      });
      const each = listed.length === 0 ? "" : ` (${listed.join(", ")})`;
      const pods = `${total} ${total === 1 ? "pod" : "pods"}${each}`;
      const result = restarts === 0 ? "none needs a restart" : `${restarts} to restart`;
      stdout.write(
        `${headed ? "\n" : ""}${pods}: ${paint("bold", paint(restarts === 0 ? "green" : "red", result))}\n`,
      );
    },
  };
}

/** Whether there is nothing to do about a pod, and nothing to know. */
function isQuiet({ kind }: Verdict): boolean {
  return kind === "outside" || kind === "current";
}

function row(id: string, verdict: Verdict, paint: Paint): string {
  const restart = needsRestart(verdict) ? paint("red", "yes".padEnd(7)) : "no".padEnd(7);
  const name = id === "" ? "(no name)" : printable(id);
  const details = detailLines(verdict).map((line) =>
    paint("dim", `${" ".repeat(WIDTH + 11)}${printable(line)}`),
  );
  const rules = paint(STYLES[verdict.kind], verdict.kind.padEnd(WIDTH));
  return `${[`${restart}  ${rules}  ${name}`, ...details].join("\n")}\n`;
}

function detailLines(verdict: Verdict): readonly string[] {
  switch (verdict.kind) {
    case "outside":
    case "current":
      return [];
    case "equivalent":
      return ["spelt differently; every packet fares the same"];
    case "different": {
      const { kinds, packet, running, wanted } = verdict.change;
      const more = kinds > 1n ? ` (and ${kinds - 1n} more ${kinds === 2n ? "kind" : "kinds"})` : "";
      return [`${packet}${more}`, `now ${running}`, `then ${wanted}`];
    }
    case "unknown":
    case "refused":
      return [verdict.reason];
  }
}

function jsonLine(id: string, verdict: Verdict): object {
  const about = { id, rules: verdict.kind, restart: needsRestart(verdict) };
  switch (verdict.kind) {
    case "outside":
    case "current":
    case "equivalent":
      return about;
    case "different":
      return { ...about, change: { ...verdict.change, kinds: Number(verdict.change.kinds) } };
    case "unknown":
    case "refused":
      return { ...about, reason: verdict.reason };
  }
}
