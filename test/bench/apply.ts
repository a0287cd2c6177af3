/**
 * How long a script takes in a fresh network namespace, by form and number of excluded ranges.
 * `node test/bench/apply.ts [FILE]`, as root: prints a table of medians, and writes the figures as JSON to the file.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { planPod } from "../../src/plan.ts";
import type { PlanOptions } from "../../src/policy/inputs.ts";
import { inNamespace } from "../kernel/scripts/namespace.ts";
import { lacking } from "../kernel/scripts/requirements.ts";
import { BACK_ENDS, type BackEnd, toolbox } from "../kernel/scripts/toolbox.ts";
import { apartRanges, SEED_LISTS } from "./lists.ts";
import { median, printTable, writeFigures } from "./table.ts";

/** A way to load the rules. */
interface Form {
  readonly name: string;
  readonly options: PlanOptions;
  readonly backEnd: BackEnd;
}

/** The lists of the page that describes OSM's redirection, or a number of ranges. */
type Ranges = "seed" | number;

/** A form with some exclusions, and the times so far in milliseconds. */
interface Subject {
  readonly form: Form;
  readonly ranges: Ranges;
  readonly script: string;
  readonly times: number[];
}

/** What loads the same intent in one restore document, which the others are measured by. */
const PLAIN_RESTORE = "osm-v0.11, one restore document";
const ONE_BY_ONE = "osm-v0.11, one by one";

const FORMS: readonly Form[] = [
  ...BACK_ENDS.flatMap((backEnd): readonly Form[] => [
    { name: ONE_BY_ONE, options: { dialect: "osm-v0.11" }, backEnd },
    { name: PLAIN_RESTORE, options: { dialect: "osm-v0.11", scriptFormat: "restore" }, backEnd },
    { name: "hardened, IPv4", options: { dialect: "hardened", ipFamilies: "ipv4" }, backEnd },
    { name: "hardened, both families", options: { dialect: "hardened", ipFamilies: "dual" }, backEnd },
  ]),
  ...(["ipv4", "dual"] as const).map((ipFamilies): Form => {
    const name = `hardened as nftables, ${ipFamilies === "ipv4" ? "IPv4" : "both families"}`;
    return {
      name,
      options: { dialect: "hardened", scriptFormat: "nftables", ipFamilies },
      backEnd: "nf_tables",
    };
  }),
];

const RANGES: readonly Ranges[] = ["seed", 100, 1_000, 10_000, 100_000];
const ROUNDS = 7;

/** One by one, ten thousand take a minute each time. */
const MOST_ONE_BY_ONE = 1_000;

/** What is longer takes seconds, so that it has its turn in the first rounds alone. */
const MOST_IN_EVERY_ROUND = 10_000;
const FIRST_ROUNDS = 3;

const reason = lacking();
if (reason !== false) throw new Error(`the time of scripts cannot be measured: ${reason}`);

const subjects = FORMS.flatMap((form) =>
  RANGES.filter((ranges) => form.name !== ONE_BY_ONE || !isOver(ranges, MOST_ONE_BY_ONE)).map(
    (ranges): Subject => ({ form, ranges, script: scriptOf(form, ranges), times: [] }),
  ),
);
// Every form has its turn in each round, so that what else the machine does meets all of them.
for (let round = 0; round < ROUNDS; round++) {
  for (const subject of subjects) {
    if (round >= FIRST_ROUNDS && isOver(subject.ranges, MOST_IN_EVERY_ROUND)) continue;
    subject.times.push(await timeOf(subject));
  }
}
report(process.argv[2]);

function isOver(ranges: Ranges, most: number): boolean {
  return ranges !== "seed" && ranges > most;
}

function scriptOf({ options }: Form, ranges: Ranges): string {
  const traffic = ranges === "seed" ? SEED_LISTS : { outboundIpRangeExclusionList: apartRanges(ranges) };
  const outcome = planPod({
    meshConfig: { spec: { traffic } },
    options: { ...options, enforcement: "report" },
  });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan.script;
}

/** Milliseconds that a script takes. It is read from a file, since one argument cannot hold the long ones. */
function timeOf({ form, script }: Subject): Promise<number> {
  return inNamespace(async (namespace) => {
    const file = join(namespace.folder, "script");
    writeFileSync(file, script);
    const env = { PATH: toolbox(namespace, { plain: form.backEnd, suffixed: [form.backEnd] }) };
    const start = performance.now();
    const { code, stderr } = await namespace.run("/bin/sh", [file], { env });
    const time = performance.now() - start;
    if (code !== 0) throw new Error(`${form.name}: ${stderr}`);
    return time;
  });
}

function report(path: string | undefined): void {
  const rows = subjects.map(({ form, ranges, times }) => {
    const beside = (name: string): number | undefined => {
      const other = subjects.find(
        (each) => each.form.name === name && each.form.backEnd === form.backEnd && each.ranges === ranges,
      );
      return other && median(times) / median(other.times);
    };
    return {
      form: form.name,
      backEnd: form.options.scriptFormat === "nftables" ? "nft" : form.backEnd,
      ranges,
      milliseconds: median(times),
      toPlainRestore: beside(PLAIN_RESTORE),
      toOneByOne: beside(ONE_BY_ONE),
    };
  });
  const ratio = (figure: number | undefined) => (figure === undefined ? "" : `${figure.toFixed(3)}x`);
  printTable([
    ["script", "back end", "ranges", "median ms", "to one restore", "to one by one"],
    ...rows.map((row) => [
      row.form,
      row.backEnd,
      `${row.ranges}`,
      row.milliseconds.toFixed(1),
      ratio(row.toPlainRestore),
      ratio(row.toOneByOne),
    ]),
  ]);
  writeFigures(path, { name: "apply", rounds: ROUNDS, unit: "milliseconds", rows });
}
