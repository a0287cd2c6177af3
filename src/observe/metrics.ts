import type { FinishedCall } from "./call.ts";
import { createCallCounts, type ServedMethod } from "./call-counts.ts";
import { expose, type Metric } from "./exposition.ts";

/** What Prometheus scrapes. */
export interface Metrics {
  readonly startCall: (path: string) => void;
  readonly countCall: (call: FinishedCall) => void;
  /** @param code A finding's code: `INVALID_PORT`. */
  readonly countFinding: (code: string) => void;
  /** The text of a scrape, and its content type. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** How much a memory holds, and how often it was of use. */
export interface MemoryUse {
  readonly hits: number;
  readonly misses: number;
  readonly answers: number;
  readonly bytes: number;
}

/** What is measured. */
export interface MetricsOptions {
  /** The paths that are served; every other path counts as one, so that a caller cannot make series. */
  readonly methods: readonly ServedMethod[];
  /** How much use the memory of answers is. */
  readonly keptAnswers: () => MemoryUse;
}

/** Counters under the names that gRPC servers usually have, those of the planner, and those of the process. */
export function createMetrics({ methods, keptAnswers }: MetricsOptions): Metrics {
  const calls = createCallCounts(methods);
  const findings = new Map<string, { count: number }>();
  const metrics: readonly Metric[] = [
    ...calls.metrics,
    {
      name: "redirect_planner_findings_total",
      type: "counter",
      help: "Findings told, by code.",
      samples: () => [...findings].map(([code, { count }]) => ({ labels: { code }, value: count })),
    },
    ...keptAnswerMetrics(keptAnswers),
  ];
  return {
    startCall: calls.start,
    countCall: calls.count,
    countFinding(code) {
      const found = findings.get(code);
      if (found === undefined) findings.set(code, { count: 1 });
      else found.count += 1;
    },
    async scrape() {
      const process = await processMetrics();
      return { contentType: process.contentType, text: `${expose(metrics)}\n${await process.metrics()}` };
    },
  };
}

function keptAnswerMetrics(use: () => MemoryUse): readonly Metric[] {
  const name = "redirect_planner_kept_answer";
  return [
    {
      name: `${name}_lookups_total`,
      type: "counter",
      help: "Encoded requests for a plan, by whether their answer was kept.",
      samples: () => {
        const { hits, misses } = use();
        return [
          { labels: { result: "hit" }, value: hits },
          { labels: { result: "miss" }, value: misses },
        ];
      },
    },
    {
      name: `${name}s`,
      type: "gauge",
      help: "Answers that are kept.",
      samples: () => [{ labels: {}, value: use().answers }],
    },
    {
      name: `${name}_bytes`,
      type: "gauge",
      help: "Bytes of the answers that are kept, with their requests.",
      samples: () => [{ labels: {}, value: use().bytes }],
    },
  ];
}

type ProcessMetrics = Awaited<ReturnType<typeof loadProcessMetrics>>;
let loading: Promise<ProcessMetrics> | undefined;

/** What prom-client tells of the process. Loaded for the first scrape, since no call needs it. */
function processMetrics(): Promise<ProcessMetrics> {
  loading ??= loadProcessMetrics();
  return loading;
}

async function loadProcessMetrics() {
  const { collectDefaultMetrics, Registry } = await import("prom-client");
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
