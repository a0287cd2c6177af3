/**
 * How long the proofs take and how they grow with the number of ranges. `node test/bench/analyze.ts [FILE]`: prints a
 * table of medians, and writes the figures as JSON to the file.
 */
import { compareRules } from "../../src/analyze/compare.ts";
import { type LinkedChains, linkChains } from "../../src/analyze/link.ts";
import { unreachableRules } from "../../src/analyze/unreachable.ts";
import { verifyRules } from "../../src/analyze/verify.ts";
import { type PodPlan, planPod } from "../../src/plan.ts";
import type { Dialect, MeshConfig } from "../../src/policy/inputs.ts";
import { policyIntent } from "../../src/policy-intent.ts";
import { apartRanges } from "./lists.ts";
import { median, printTable, writeFigures } from "./table.ts";

/** A row of the table. Times are in milliseconds of processor time. */
interface Row {
  readonly plan: string;
  readonly ranges: number;
  readonly verify: number;
  readonly unreachable: number;
  readonly compare: number;
}

const PLANS: readonly {
  readonly name: string;
  readonly dialect: Dialect;
  readonly list: "Exclusion" | "Inclusion";
}[] = [
  { name: "osm-v0.11, excluded", dialect: "osm-v0.11", list: "Exclusion" },
  { name: "hardened, excluded", dialect: "hardened", list: "Exclusion" },
  { name: "hardened, included", dialect: "hardened", list: "Inclusion" },
];

const COUNTS = [0, 10, 100, 1_000, 10_000] as const;

function planned(dialect: Dialect, list: "Exclusion" | "Inclusion", count: number): PodPlan {
  const meshConfig: MeshConfig = {
    spec: { traffic: { [`outboundIpRange${list}List`]: apartRanges(count) } },
  };
  const outcome = planPod({ meshConfig, options: { dialect, enforcement: "report", ipFamilies: "ipv4" } });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

function linked({ chains }: PodPlan): LinkedChains {
  const result = linkChains(chains);
  if (!result.ok) throw new Error(result.error.kind);
  return result.value;
}

/** Work is done often enough to be seen by the kernel's clock of processor time, which counts in milliseconds. */
const LEAST_WORK = 4_000;

/** Processor time rather than that of a clock, since machines are shared; garbage is collected beside it. */
function medianTime(ranges: number, work: () => unknown): number {
  const repeats = Math.max(1, Math.round(LEAST_WORK / (ranges + 10) / 4));
  const times = Array.from({ length: 9 }, () => {
    const before = process.threadCpuUsage();
    for (let repeat = 0; repeat < repeats; repeat++) work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000 / repeats;
  });
  return median(times);
}

function measure(name: string, dialect: Dialect, list: "Exclusion" | "Inclusion", count: number): Row {
  const plan = planned(dialect, list, count);
  const chains = linked(plan);
  const fewer = linked(planned(dialect, list, Math.max(count - 1, 0)));
  const intent = policyIntent(plan.policy);
  return {
    plan: name,
    ranges: count,
    verify: medianTime(count, () => verifyRules(chains, intent)),
    unreachable: medianTime(count, () => unreachableRules(chains)),
    compare: medianTime(count, () => compareRules(chains, fewer)),
  };
}

function report(rows: readonly Row[], path: string | undefined): void {
  printTable([
    ["plan", "ranges", "verify ms", "unreachable ms", "compare ms"],
    ...rows.map(({ plan, ranges, ...times }) => [
      plan,
      `${ranges}`,
      ...[times.verify, times.unreachable, times.compare].map((time) => time.toFixed(2)),
    ]),
  ]);
  writeFigures(path, { name: "analyze", unit: "milliseconds of processor time", rows });
}

measure("warm up", "hardened", "Exclusion", 100);
report(
  PLANS.flatMap(({ name, dialect, list }) => COUNTS.map((count) => measure(name, dialect, list, count))),
  process.argv[2],
);
