/**
 * What an audit takes by the number of pods. `node test/bench/audit.ts [FILE]`: prints the processor's time and the most
 * memory of `redirect-planner audit` as a program of its own, and writes the figures as JSON to the file.
 */
import { type PodPlan, planPod } from "../../src/plan.ts";
import type { PlanInput } from "../../src/policy/inputs.ts";
import { auditCluster } from "../cli/audit/cluster.ts";
import { printTable, writeFigures } from "./table.ts";

const COUNTS = [500, 5_000, 20_000] as const;

function planned(input: PlanInput): PodPlan {
  const outcome = planPod(input);
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

const rows: { readonly pods: number; readonly milliseconds: number; readonly megabytes: number }[] = [];
for (const pods of COUNTS) {
  const { milliseconds, megabytes } = await auditCluster(planned, pods);
  rows.push({ pods, milliseconds, megabytes });
}
printTable([
  ["pods", "ms", "µs a pod", "MB"],
  ...rows.map(({ pods, milliseconds, megabytes }) => [
    `${pods}`,
    milliseconds.toFixed(0),
    ((milliseconds * 1000) / pods).toFixed(0),
    megabytes.toFixed(0),
  ]),
]);
writeFigures(process.argv[2], { name: "audit", unit: "milliseconds of processor time, megabytes", rows });
