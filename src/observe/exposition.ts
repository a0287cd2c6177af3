/** Labels of a series, by name. */
export type Labels = Readonly<Record<string, string>>;

/** One line of a metric. */
export interface Sample {
  /** What stands behind the metric's name: `_bucket`. Default: nothing. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A metric as Prometheus scrapes it. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: () => readonly Sample[];
}

/** Metrics in the text format of Prometheus, version 0.0.4. Values of labels are names of the contract and of gRPC. */
export function expose(metrics: readonly Metric[]): string {
  return metrics.map(exposed).join("\n");
}

function exposed({ name, type, help, samples }: Metric): string {
  const lines = samples().map(({ suffix = "", labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
