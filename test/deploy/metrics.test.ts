import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { createLogger } from "../../src/observe/logger.ts";
import { startServer } from "../../src/transport/server.ts";
import { NO_RENDERER } from "./forms.ts";
import { namesIn, queries } from "./queries.ts";

/** The series that Prometheus itself makes of a scrape, and the labels that a PodMonitor gives to every series. */
const OF_PROMETHEUS = { metrics: ["up"], labels: ["namespace", "pod", "container"] };

const PLAN = "/redirect.v1.RedirectPlanner/Plan";

/** What a server tells when it has answered one request and refused another: labels by metric. */
async function scrape(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const server = await startServer({
    port: 0,
    adminPort: 0,
    host: "127.0.0.1",
    logger: createLogger({ level: "silent" }),
  });
  const ask = (body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${PLAN}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  assert.equal((await ask({})).status, 200);
  assert.equal((await ask({ pod: { spec: { hostNetwork: true } } })).status, 400);
  const text = await (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
  await server.stop();
  const metrics = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name) ?? new Set<string>();
    metrics.set(name, known);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
  }
  return metrics;
}

test("every metric and label of the alerts and the dashboard is what a running server tells", {
  skip: NO_RENDERER,
}, async () => {
  const told = await scrape();
  const all = queries();
  assert.ok(all.length > 15);
  for (const { place, expression } of all) {
    const { metrics, labels } = namesIn(expression);
    assert.ok(metrics.size > 0, place);
    const known = new Set(OF_PROMETHEUS.labels);
    for (const metric of metrics) {
      assert.ok(told.has(metric) || OF_PROMETHEUS.metrics.includes(metric), `${place}: ${metric}`);
      for (const label of told.get(metric) ?? []) known.add(label);
    }
    for (const label of labels) assert.ok(known.has(label), `${place}: ${label}`);
  }
});

test("every status that they name is one of gRPC, and every method one that is served", {
  skip: NO_RENDERER,
}, () => {
  const codes = Object.keys(Code).map((name) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase());
  for (const { place, expression } of queries()) {
    for (const [, list = ""] of expression.matchAll(/grpc_code=~?"([^"]*)"/g)) {
      for (const code of list.split("|")) assert.ok(codes.includes(code), `${place}: ${code}`);
    }
    for (const [, service, method] of expression.matchAll(
      /grpc_service="([^"]*)"(?:,\s*grpc_method="(\w+)")?/g,
    )) {
      assert.equal(service, "redirect.v1.RedirectPlanner", place);
      assert.ok(method === undefined || method === "Plan", `${place}: ${method}`);
    }
  }
});

test("names are found in every form that a query has", () => {
  const { metrics, labels } = namesIn(
    'sum by (a, b) (rate(one{c="x|y", d=~"z"}[5m])) / on (e) (two unless three:x offset 15m) > bool 0.5e3 or vector(0)',
  );
  assert.deepEqual([...metrics], ["one", "two", "three:x"]);
  assert.deepEqual([...labels].sort(), ["a", "b", "c", "d", "e"]);
});
