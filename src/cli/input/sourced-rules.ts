import { create } from "@bufbuild/protobuf";
import { type RuleSource, RuleSourceSchema } from "../../gen/redirect/v1/explain_pb.ts";
import type { Io } from "../io.ts";
import { createFindingReport } from "../output/finding-report.ts";
import type { RequestFlags } from "../request-flags.ts";
import { readPlanRequest } from "./plan-request.ts";
import { readRulesText } from "./rules-text.ts";

/** Rules to ask the service about. */
export interface SourcedRules {
  readonly source: RuleSource;
  /** Whose rules they are, for people: `Pod default/curl`, `dump.txt`. */
  readonly title: string;
  /** The file or flag behind a field of a request: `pod.yaml:7:5`. */
  readonly locate: (field: string) => string;
}

/** The rules that a text tells. Says on standard error what it was taken for. @throws InputError */
export async function rulesOfText(file: string, { stdin, stderr, env }: Io): Promise<SourcedRules> {
  const { name, detected, warnings, source } = await readRulesText(file, stdin);
  const report = createFindingReport(stderr, env);
  report.note(`${name}: ${detected}`);
  for (const warning of warnings) report.note(`${name}: ${warning}`);
  return { source, title: name, locate: () => name };
}

/** The rules of the plan that flags and files ask for. @throws InputError */
export async function rulesOfPlan(flags: RequestFlags, { stdin }: Io): Promise<SourcedRules> {
  const { request, title, locate } = await readPlanRequest(flags, stdin);
  const source = create(RuleSourceSchema, { source: { case: "request", value: request } });
  return { source, title: `the plan of ${title}`, locate };
}
