import type { Finding, Severity } from "../../policy/finding.ts";
import { printable } from "../../policy/quote.ts";
import type { Io, OutputStream } from "../io.ts";
import { paintFor, type Style } from "./palette.ts";

/** Tells findings, errors and notes, one a line. A line that was told is not told again. */
export interface FindingReport {
  /** @param where the file or flag that a field comes from. */
  findings(findings: readonly Finding[], where: (field: string) => string): void;
  error(where: string, message: string): void;
  note(message: string): void;
}

const STYLES: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", info: "cyan" };

/**
 * A report to a stream. The lines look like those of compilers, so that editors find their way:
 * `pod.yaml:7:5: error: INVALID_PORT: pod.metadata.annotations["…"][1]: what is wrong. What to do.`
 *
 * What is said of the mesh config, or of a dialect, holds for every pod of a run; it is told once.
 */
export function createFindingReport(stream: OutputStream, env: Io["env"]): FindingReport {
  const paint = paintFor(stream, env);
  const told = new Set<string>();
  const tell = (where: string, style: Style, severity: string, text: string): void => {
    const line = `${paint("bold", printable(where))}: ${paint(style, severity)}: ${text}\n`;
    if (told.has(line)) return;
    told.add(line);
    stream.write(line);
  };
  return {
    findings(findings, where) {
      for (const { code, severity, field, message, remedy } of findings) {
        const about = field === "" ? "" : `${printable(field)}: `;
        const text = `${paint("bold", code)}: ${about}${printable(message)}. ${paint("dim", printable(remedy))}`;
        tell(where(field), STYLES[severity], severity, text);
      }
    },
    error: (where, message) => tell(where, "red", "error", printable(message)),
    note: (message) => tell("redirect-planner", "cyan", "note", printable(message)),
  };
}
