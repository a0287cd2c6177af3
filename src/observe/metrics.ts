import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { FinishedCall } from "./call.ts";

/** What Prometheus scrapes. */
export interface Metrics {
  readonly countCall: (call: FinishedCall) => void;
  /** @param code A finding's code: `INVALID_PORT`. */
  readonly countFinding: (code: string) => void;
  /** Shows from now on how much use the memory of answers is. */
  readonly watchKeptAnswers: (use: () => MemoryUse) => void;
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

/** Seconds: a plan that is known takes microseconds, one with ten thousand ranges some hundred milliseconds. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Most characters of a method that is a label: what is not served is told by one name for all. */
const NOT_SERVED = "other";

/**
 * Counters under the names that gRPC servers usually have, and those of the process.
 *
 * @param methods The paths that are served; every other path counts as one, so that a caller cannot make series.
 */
export function createMetrics(methods: readonly string[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labels = ["grpc_service", "grpc_method"] as const;
  const handled = new Counter({
    name: "grpc_server_handled_total",
    help: "Calls that came to their end, by status.",
    labelNames: [...labels, "grpc_code", "protocol"],
    registers: [registry],
  });
  const handling = new Histogram({
    name: "grpc_server_handling_seconds",
    help: "Time from the headers of a call to the end of its answer.",
    labelNames: labels,
    buckets: BUCKETS,
    registers: [registry],
  });
  const findings = new Counter({
    name: "redirect_planner_findings_total",
    help: "Findings told, by code.",
    labelNames: ["code"],
    registers: [registry],
  });
  return {
    countCall({ method, code, protocol, durationMs }) {
      const [service = NOT_SERVED, name = NOT_SERVED] = methods.includes(method)
        ? method.slice(1).split("/")
        : [];
      handled.inc({ grpc_service: service, grpc_method: name, grpc_code: code, protocol });
      handling.observe({ grpc_service: service, grpc_method: name }, durationMs / 1000);
    },
    countFinding: (code) => findings.inc({ code }),
    watchKeptAnswers: (use) => watchKeptAnswers(registry, use),
    scrape: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function watchKeptAnswers(registry: Registry, use: () => MemoryUse): void {
  const registers = [registry];
  new Counter({
    name: "redirect_planner_kept_answer_lookups_total",
    help: "Encoded requests for a plan, by whether their answer was kept.",
    labelNames: ["result"],
    registers,
    collect() {
      const { hits, misses } = use();
      this.reset();
      this.inc({ result: "hit" }, hits);
      this.inc({ result: "miss" }, misses);
    },
  });
  new Gauge({
    name: "redirect_planner_kept_answers",
    help: "Answers that are kept.",
    registers,
    collect() {
      this.set(use().answers);
    },
  });
  new Gauge({
    name: "redirect_planner_kept_answer_bytes",
    help: "Bytes of the answers that are kept, with their requests.",
    registers,
    collect() {
      this.set(use().bytes);
    },
  });
}
