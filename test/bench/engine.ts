/**
 * How long the engine alone takes: the first time for a mesh config, and again for one that a planner knows.
 * `node test/bench/engine.ts [FILE]`: prints a table of medians over rounds, each in a fresh process, and writes the
 * figures as JSON to the file. Times are of the processor, since machines are shared; garbage collection counts.
 */
import { spawnSync } from "node:child_process";
import { createPlanner, planPod } from "../../src/plan.ts";
import type { Dialect, MeshConfig, PlanOptions, Pod } from "../../src/policy/inputs.ts";
import { apartRanges, SEED_LISTS } from "./lists.ts";
import { median, printTable, writeFigures } from "./table.ts";

/** What is planned: the lists of the page that describes OSM's redirection, or a number of ranges. */
interface Subject {
  readonly dialect: Dialect;
  readonly ranges: "seed" | number;
}

/** Times in microseconds. */
interface Figures {
  /** The first plan of a mesh config, in a process that has planned others of its size. */
  readonly first: number;
  /** A plan of a mesh config and a pod's annotations that the planner has met. */
  readonly again: number;
}

const DIALECTS: readonly Dialect[] = ["osm-v0.11", "osm-v1.2", "hardened"];
const COUNTS = [100, 1_000, 10_000, 100_000] as const;
const SUBJECTS: readonly Subject[] = DIALECTS.flatMap((dialect) =>
  (["seed", ...COUNTS] as const).map((ranges) => ({ dialect, ranges })),
);
const ROUNDS = 5;

const POD: Pod = {
  metadata: { annotations: { "openservicemesh.io/outbound-port-exclusion-list": "6379,7070" } },
  spec: {
    containers: [
      {
        name: "app",
        ports: [{ containerPort: 8080 }],
        livenessProbe: { httpGet: {} },
        readinessProbe: { httpGet: {} },
      },
    ],
  },
};

/** The name of a round in the arguments of its process. */
const ROUND = "--round";

if (process.argv[2] === ROUND) process.stdout.write(JSON.stringify(round(Number(process.argv[3]))));
else
  report(
    SUBJECTS.map((subject, index) => ({ ...subject, ...medians(index) })),
    process.argv[2],
  );

function medians(index: number): Figures {
  const rounds = Array.from({ length: ROUNDS }, (): Figures => {
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, ROUND, `${index}`], {
      encoding: "utf8",
    });
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout);
  });
  return {
    first: median(rounds.map(({ first }) => first)),
    again: median(rounds.map(({ again }) => again)),
  };
}

function round(index: number): Figures {
  const subject = SUBJECTS[index];
  if (subject === undefined) throw new Error(`there are ${SUBJECTS.length} subjects`);
  const { dialect, ranges } = subject;
  const options: PlanOptions = { dialect, enforcement: "report" };
  const meshConfigLike = (number: number) =>
    ranges === "seed" ? seedLike(number) : withRanges(ranges, number);
  // What a server has done before it meets a mesh config: it has planned others like it, until its code is compiled.
  const others = ranges === "seed" ? 5_000 : Math.ceil(300_000 / ranges);
  for (let warmUp = 0; warmUp < others; warmUp++)
    planPod({ meshConfig: meshConfigLike(warmUp), pod: POD, options });

  const plansFirst = (calls: number, from: number) =>
    perCall(calls, (call) => {
      const meshConfig = meshConfigLike(others + from + call);
      return () => planPod({ meshConfig, pod: POD, options });
    });
  const { batches, calls } = firstPlans(ranges);
  const first = median(Array.from({ length: batches }, (_, batch) => plansFirst(calls, batch * calls)));
  const planner = createPlanner(meshConfigLike(0), options);
  const plansAgain = (calls: number) =>
    perCall(calls, () => () => planner.plan({ ...POD, metadata: { ...POD.metadata } }));
  plansAgain(20_000);
  return { first, again: plansAgain(100_000) };
}

/** How often plans are made for the first time: in batches that take long enough to be timed. */
function firstPlans(ranges: Subject["ranges"]): { readonly batches: number; readonly calls: number } {
  if (ranges === "seed") return { batches: 5, calls: 400 };
  return ranges > 10_000 ? { batches: 3, calls: 1 } : { batches: 7, calls: Math.ceil(1_000 / ranges) };
}

/** Processor time of a call in microseconds. Its input is made before the time is taken. */
function perCall(calls: number, prepare: (call: number) => () => { readonly kind: string }): number {
  const prepared = Array.from({ length: calls }, (_, call) => prepare(call));
  const before = process.cpuUsage();
  for (const call of prepared) {
    const { kind } = call();
    if (kind !== "planned") throw new Error(kind);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** The lists of the page, and a port that no other mesh config has. */
function seedLike(number: number): MeshConfig {
  return {
    spec: {
      traffic: {
        ...SEED_LISTS,
        outboundPortExclusionList: [...SEED_LISTS.outboundPortExclusionList, 20_000 + number],
      },
    },
  };
}

function withRanges(count: number, number: number): MeshConfig {
  const outboundIpRangeExclusionList = apartRanges(count);
  return {
    spec: { traffic: { outboundIpRangeExclusionList, outboundPortExclusionList: [20_000 + number] } },
  };
}

function report(rows: readonly (Subject & Figures)[], path: string | undefined): void {
  const growth = ({ dialect, ranges, first }: Subject & Figures): string => {
    if (ranges === "seed" || ranges === COUNTS[0]) return "";
    const tenth = rows.find((row) => row.dialect === dialect && row.ranges === ranges / 10);
    return tenth === undefined ? "" : `${(first / tenth.first).toFixed(1)}x`;
  };
  printTable([
    ["dialect", "ranges", "first time", "to a tenth", "again", "again, in a second"],
    ...rows.map((row) => [
      row.dialect,
      `${row.ranges}`,
      row.first < 10_000 ? `${row.first.toFixed(0)} µs` : `${(row.first / 1000).toFixed(0)} ms`,
      growth(row),
      `${row.again.toFixed(2)} µs`,
      `${Math.round(1_000_000 / row.again).toLocaleString("en")}`,
    ]),
  ]);
  writeFigures(path, { name: "engine", rounds: ROUNDS, unit: "microseconds of processor time", rows });
}
