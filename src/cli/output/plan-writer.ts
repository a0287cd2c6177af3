import { create, toJson } from "@bufbuild/protobuf";
import { stringify } from "yaml";
import { FindingSchema } from "../../gen/redirect/v1/finding_pb.ts";
import { type PlanResponse, PlanResponseSchema } from "../../gen/redirect/v1/plan_pb.ts";
import { ContainerSchema } from "../../gen/redirect/v1/pod_pb.ts";
import type { PlanOutcome } from "../../plan.ts";
import { printable } from "../../policy/quote.ts";
import { findingMessage } from "../../service/finding-messages.ts";
import { planResponse } from "../../service/plan-response.ts";
import type { Io, OutputStream } from "../io.ts";
import type { Output } from "../plan-flags.ts";
import { paintFor } from "./palette.ts";
import { type RuleTableOptions, ruleTable } from "./rule-table.ts";

/** Whose plan is written. */
export interface PlannedPod {
  /** `Pod default/curl`. */
  readonly title: string;
  /** `default/curl`. */
  readonly id: string;
}

/** Writes what came of planning a pod. Where there is no plan it writes nothing, but for JSON of many pods. */
export type PlanWriter = (pod: PlannedPod, outcome: PlanOutcome) => void;

/** What a writer writes to, and how. */
export interface PlanWriterOptions {
  readonly stream: OutputStream;
  readonly env: Io["env"];
  readonly output: Output;
  /** Whether each plan needs the name of its pod beside it. */
  readonly bulk: boolean;
}

/**
 * A writer of plans.
 *
 * A script is written byte for byte; where a terminal shows it, a newline follows if it has none, so that the prompt does
 * not stick to it. For many pods every script ends its line, under a comment with the pod's name.
 */
export function createPlanWriter({ stream, env, output, bulk }: PlanWriterOptions): PlanWriter {
  const layout = {
    paint: paintFor(stream, env),
    columns: stream.isTTY === true ? stream.columns : undefined,
  };
  const endsLines = bulk || stream.isTTY === true;
  let written = 0;
  return (pod, outcome) => {
    if (bulk && output === "json") {
      stream.write(`${JSON.stringify({ id: pod.id, ...jsonOutcome(outcome) })}\n`);
      return;
    }
    if (outcome.kind !== "planned") return;
    if (bulk) stream.write(heading(output, pod, written === 0));
    written += 1;
    const text = form(output, planResponse(outcome.plan), layout);
    stream.write(endsLines && !text.endsWith("\n") ? `${text}\n` : text);
  };
}

/** What became of one pod of many. */
function jsonOutcome(outcome: PlanOutcome): object {
  switch (outcome.kind) {
    case "planned":
      return { response: toJson(PlanResponseSchema, planResponse(outcome.plan)) };
    case "refused":
      return {
        findings: outcome.findings.map((each) =>
          toJson(FindingSchema, create(FindingSchema, findingMessage(each))),
        ),
      };
    case "inexpressible":
      return { reason: outcome.reason };
  }
}

function form(output: Output, response: PlanResponse, layout: RuleTableOptions): string {
  switch (output) {
    case "script":
      return response.script;
    case "cleanup-script":
      return response.cleanupScript;
    case "init-container":
      // A list of one, as it stands under `initContainers:`.
      return response.initContainer === undefined
        ? ""
        : yaml([toJson(ContainerSchema, response.initContainer)]);
    case "json":
      return `${JSON.stringify(toJson(PlanResponseSchema, response), null, 2)}\n`;
    case "yaml":
      return yaml(toJson(PlanResponseSchema, response));
    case "table":
      return ruleTable(response.plan?.chains ?? [], layout);
  }
}

/** A comment in shell and in YAML; the pod's name comes from a stranger and must not leave the line. */
function heading(output: Output, { title }: PlannedPod, first: boolean): string {
  if (first) return `# ${printable(title)}\n`;
  return `${output === "yaml" ? "---" : ""}\n# ${printable(title)}\n`;
}

/** A script is one long line, or a document of many: it is never folded, so that it can be read and searched. */
function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
