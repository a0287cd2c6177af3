/**
 * What a server makes of one processor, the planner beside others, and how long a call takes at a fixed rate.
 * `node test/bench/server.ts [FILE]`, with h2load (Debian's nghttp2-client) and the bundle that `npm run build` makes:
 * prints tables of medians over rounds, and writes the figures as JSON to the file. Rates are of a second of the
 * processor that the server used, since machines are shared.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flood, type Load, pace } from "./h2load.ts";
import { startMeasured } from "./measured-server.ts";
import { plan } from "./references/plan.ts";
import { writeBodies } from "./requests.ts";
import { type Subject, subjects } from "./server-subjects.ts";
import { median, printTable, writeFigures } from "./table.ts";

const PLAN = "/redirect.v1.RedirectPlanner/Plan";
const PLAN_STREAM = "/redirect.v1.RedirectPlanner/PlanStream";

/** As many as it takes for a median to stay: V8 compiles a server in other ways each time it starts. */
const ROUNDS = 5;
/** Until V8 has compiled what a server does all the time. */
const WARM_UP = 60_000;
const REQUESTS = 40_000;
const STREAM_ITEMS = 100;
const RATE = 500;
const RATE_SECONDS = 10;

/** One line of the tables: a figure of a subject. */
interface Figure {
  readonly subject: string;
  readonly what: string;
  readonly value: number;
}

let port = 19_100;
const folder = mkdtempSync(join(tmpdir(), "redirect-planner-bench-"));
try {
  await measure(process.argv[2]);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(file: string | undefined): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"]);
  const bodies = writeBodies(folder, STREAM_ITEMS);
  const answer = join(folder, "answer");
  writeFileSync(answer, plan.answer(bodies.request, {}).message);
  const { fixedBytes, sameWork, echo, connect, go, kept, unseen } = subjects(folder, answer);
  const all = [fixedBytes, sameWork, echo, connect, ...(go ? [go] : []), kept, unseen];

  const unary = await rates(all, { path: PLAN, body: bodies.plan }, 1);
  const streamed = await rates([kept, unseen], { path: PLAN_STREAM, body: bodies.stream }, STREAM_ITEMS);
  const times = await latencies([echo, kept, unseen], { path: PLAN, body: bodies.plan });
  if (go === undefined) process.stdout.write("no server in Go: there is no go on this machine\n\n");

  const ratio = (of: Subject, to: Subject): number => value(unary, of) / value(unary, to);
  const streamRatio = (of: Subject): number => value(streamed, of) / value(unary, of);
  const slower = (of: Subject): number => value(times, of) / value(times, echo);
  const verdicts = [
    verdict("asked again, to node:http2 with fixed bytes", ratio(kept, fixedBytes), ">=", 0.9),
    verdict("never seen, to node:http2 doing the same", ratio(unseen, sameWork), ">=", 0.9),
    verdict("PlanStream to Plan, asked again", streamRatio(kept), ">=", 3),
    verdict("PlanStream to Plan, never seen", streamRatio(unseen), ">=", 3),
    verdict(`p99 at ${RATE} a second, asked again, to the echo`, slower(kept), "<=", 1.5),
    verdict(`p99 at ${RATE} a second, never seen, to the echo`, slower(unseen), "<=", 1.5),
  ];
  printTable([["ratio", "measured", "target", "verdict"], ...verdicts]);
  writeFigures(file, {
    name: "server",
    rounds: ROUNDS,
    figures: [...unary, ...streamed, ...times],
    verdicts,
  });
}

/** Plans that a subject makes in a second of the processor. The subjects take turns, so that all have the same weather. */
async function rates(
  measured: readonly Subject[],
  load: Omit<Load, "port">,
  plansPerRequest: number,
): Promise<readonly Figure[]> {
  const rounds = new Map(measured.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of measured) {
      const perSecond = await served(subject, async (at, seconds) => {
        await flood({ ...load, port: at }, Math.ceil(WARM_UP / plansPerRequest));
        const before = seconds();
        await flood({ ...load, port: at }, Math.ceil(REQUESTS / plansPerRequest));
        return REQUESTS / (seconds() - before);
      });
      rounds.get(subject.name)?.push(perSecond);
    }
  }
  const what = load.path.split("/").at(-1) ?? "";
  const figures = [...rounds].map(([subject, found]) => ({ subject, what, value: median(found) }));
  printTable([
    [what, "a second of the processor", "µs each"],
    ...figures.map(({ subject, value: rate }) => [
      subject,
      Math.round(rate).toLocaleString("en"),
      (1_000_000 / rate).toFixed(1),
    ]),
  ]);
  process.stdout.write("\n");
  return figures;
}

/** The p99 of a call of each subject at a fixed rate, in milliseconds. */
async function latencies(measured: readonly Subject[], load: Omit<Load, "port">): Promise<readonly Figure[]> {
  const lines: string[][] = [[`at ${RATE} calls a second`, "p50 ms", "p90 ms", "p99 ms"]];
  const figures: Figure[] = [];
  for (const subject of measured) {
    const taken = await served(subject, async (at) => {
      await flood({ ...load, port: at }, WARM_UP);
      return await pace({ ...load, port: at }, { rate: RATE, seconds: RATE_SECONDS, folder });
    });
    const at = (share: number): number => taken[Math.floor(taken.length * share)] ?? Number.NaN;
    lines.push([subject.name, ...[0.5, 0.9, 0.99].map((share) => at(share).toFixed(2))]);
    figures.push({ subject: subject.name, what: `p99 at ${RATE} a second, ms`, value: at(0.99) });
  }
  printTable(lines);
  process.stdout.write("\n");
  return figures;
}

async function served<T>(
  { command, env }: Subject,
  use: (port: number, seconds: () => number) => Promise<T>,
): Promise<T> {
  port += 1;
  const server = await startMeasured(port, command(port), env);
  try {
    return await use(port, server.seconds);
  } finally {
    await server.stop();
  }
}

function value(figures: readonly Figure[], { name }: Subject): number {
  return figures.find(({ subject }) => subject === name)?.value ?? Number.NaN;
}

function verdict(what: string, measured: number, sign: ">=" | "<=", target: number): readonly string[] {
  const met = sign === ">=" ? measured >= target : measured <= target;
  return [what, measured.toFixed(2), `${sign} ${target}`, met ? "met" : "missed"];
}
