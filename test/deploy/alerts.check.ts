import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { stringify } from "yaml";
import { SCENARIOS } from "./alert-scenarios.ts";
import { formOf, ofKind } from "./forms.ts";
import { lackingProgram, run } from "./programs.ts";

const [RULES] = ofKind(formOf("kustomize/overlays/monitoring"), PrometheusRule.is);

/** The names of all alerts. */
const ALERTS = (RULES?.spec.groups ?? []).flatMap(({ rules = [] }) =>
  rules.flatMap(({ alert }) => alert ?? []),
);

/** Runs promtool on a folder with the rules and the scenarios. */
function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), "alerts-"));
  try {
    writeFileSync(join(folder, "rules.yaml"), stringify({ groups: RULES?.spec.groups }));
    const tests = SCENARIOS.flatMap(({ name, series, minute }) => ({
      name,
      interval: "1m",
      input_series: series,
      // The names alone count: an expectation lists labels and annotations too, which would repeat the rules.
      promql_expr_test: ALERTS.map((alert) => ({
        expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) > bool 0 or vector(0)`,
        eval_time: `${minute}m`,
        exp_samples: [
          { labels: "{}", value: SCENARIOS.find((s) => s.name === name)?.firing.includes(alert) ? 1 : 0 },
        ],
      })),
    }));
    writeFileSync(
      join(folder, "tests.yaml"),
      stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests }),
    );
    const { status, stdout, stderr } = run("promtool", args, folder);
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("Prometheus accepts the alerts", { skip: lackingProgram("promtool") }, () => {
  const { status, output } = promtool("check", "rules", "rules.yaml");
  assert.equal(status, 0, output);
  assert.match(output, new RegExp(`${ALERTS.length} rules found`));
});

test("each alert fires when it should, and none else", { skip: lackingProgram("promtool") }, () => {
  const { status, output } = promtool("test", "rules", "tests.yaml");
  assert.equal(status, 0, output);
});

test("every alert has a state of affairs that raises it", () => {
  assert.deepEqual([...new Set(SCENARIOS.flatMap(({ firing }) => firing))].sort(), [...ALERTS].sort());
});
