/**
 * How long connect() takes for a redirected connection, by form of the rules and number of excluded ranges.
 * `node test/bench/data-path.ts [FILE]`, as root: prints a table, and writes the figures as JSON to the file.
 */
import { lacking } from "../kernel/scripts/requirements.ts";
import { type Form, inMeasuredPod, type MeasuredPod } from "./data-path-pod.ts";
import { printTable, writeFigures } from "./table.ts";

/** A row of the table. Times are in microseconds. */
interface Row {
  readonly form: string;
  readonly exclusions: number;
  readonly median: number;
  readonly p99: number;
  /** The median as a multiple of that without exclusions in the same form. */
  readonly ratio: number;
}

const FORMS: readonly Form[] = [
  { dialect: "osm-v1.2", scriptFormat: "restore", program: "nf_tables" },
  { dialect: "osm-v1.2", scriptFormat: "restore", program: "legacy" },
  { dialect: "hardened", scriptFormat: "restore", program: "nf_tables" },
  { dialect: "hardened", scriptFormat: "restore", program: "legacy" },
  { dialect: "hardened", scriptFormat: "nftables", program: "nft" },
];

const EXCLUSIONS = [0, 1_000, 10_000] as const;

/** Rounds in which every pod has its turn, so that what else the machine does meets all of them. */
const ROUNDS = 40;

/** Connections of a pod in a round. */
const CONNECTIONS = 100;

/** A pod and the times of its connections so far, in nanoseconds. */
interface Subject {
  readonly form: Form;
  readonly exclusions: number;
  readonly pod: MeasuredPod;
  readonly times: number[];
}

const reason = lacking("python3");
if (reason === false) await main(process.argv[2]);
else throw new Error(`the data path cannot be measured: ${reason}`);

async function main(path: string | undefined): Promise<void> {
  const wanted = FORMS.flatMap((form) => EXCLUSIONS.map((exclusions) => ({ form, exclusions })));
  await withSubjects(wanted, [], async (subjects) => {
    for (const { pod } of subjects) await pod.connect(CONNECTIONS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { pod, times } of subjects) times.push(...(await pod.connect(CONNECTIONS)));
    }
    report(
      subjects.map((subject) => row(subject, subjects)),
      path,
    );
  });
}

/** Has all pods there at once. */
async function withSubjects(
  [next, ...rest]: readonly Pick<Subject, "form" | "exclusions">[],
  subjects: readonly Subject[],
  body: (subjects: readonly Subject[]) => Promise<void>,
): Promise<void> {
  if (next === undefined) return body(subjects);
  await inMeasuredPod(next.form, next.exclusions, (pod) =>
    withSubjects(rest, [...subjects, { ...next, pod, times: [] }], body),
  );
}

function row({ form, exclusions, times }: Subject, all: readonly Subject[]): Row {
  const without = all.find((other) => other.form === form && other.exclusions === 0)?.times ?? times;
  return {
    form: `${form.dialect} ${form.scriptFormat} by ${form.program}`,
    exclusions,
    median: quantile(times, 0.5) / 1_000,
    p99: quantile(times, 0.99) / 1_000,
    ratio: quantile(times, 0.5) / quantile(without, 0.5),
  };
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

function report(rows: readonly Row[], path: string | undefined): void {
  printTable([
    ["rules", "exclusions", "median µs", "p99 µs", "to none"],
    ...rows.map(({ form, exclusions, median, p99, ratio }) => [
      form,
      `${exclusions}`,
      median.toFixed(1),
      p99.toFixed(1),
      `${ratio.toFixed(2)}x`,
    ]),
  ]);
  writeFigures(path, { name: "data-path", connections: ROUNDS * CONNECTIONS, unit: "microseconds", rows });
}
