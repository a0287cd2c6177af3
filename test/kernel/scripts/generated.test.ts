import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { IpFamily } from "../../../src/net/address.ts";
import { planPod } from "../../../src/plan.ts";
import { forEachInNamespace } from "./each.ts";
import { planInputs } from "./generated-inputs.ts";
import { FULL, lacking } from "./requirements.ts";

const skip = lacking();
const INPUTS = FULL ? 12_000 : 400;
/** Documents that one program reads: a process for each would take most of the time. */
const BATCH = 200;

/** A document of a script, for one of the tools. */
interface Document {
  readonly tool: "iptables" | "ip6tables" | "nft";
  readonly text: string;
}

test("the tools take every script that is generated, and no hostile input has one", { skip }, async (t) => {
  const documents: Document[] = [];
  const counts = { planned: 0, refused: 0, inexpressible: 0 };
  for (const [index, input] of fc.sample(planInputs, { seed: 20, numRuns: INPUTS }).entries()) {
    const outcome = planPod(input);
    counts[outcome.kind]++;
    if (outcome.kind === "planned") documents.push(...documentsOf(outcome.plan.script, `P${index}_`));
  }
  // Most inputs are plain; when nearly none has a plan, the test offers nothing.
  assert.ok(counts.planned > INPUTS / 2, JSON.stringify(counts));

  const tools = [
    ["iptables", ["iptables-legacy-restore", "--test"]],
    ["iptables", ["iptables-nft-restore", "--test"]],
    ["ip6tables", ["ip6tables-legacy-restore", "--test"]],
    ["ip6tables", ["ip6tables-nft-restore", "--test"]],
    ["nft", ["nft", "--check", "--file", "-"]],
  ] as const;
  const offered = tools.flatMap(([tool, command]) => {
    const own = documents.filter((document) => document.tool === tool);
    return Array.from({ length: Math.ceil(own.length / BATCH) }, (_, at) => ({
      command,
      batch: own.slice(at * BATCH, (at + 1) * BATCH),
    }));
  });
  let taken = 0;
  await forEachInNamespace(offered, async (namespace, { command: [program, ...args], batch }) => {
    // iptables-legacy-restore knows a COMMIT only with its line end.
    const input = batch.map(({ text }) => `${text}\n`).join("");
    const { code, stderr } = await namespace.run(program, args, { input });
    assert.equal(code, 0, `${program}: ${stderr}\n${lineOf(input, stderr)}`);
    taken += batch.length;
  });
  const { planned, refused, inexpressible } = counts;
  t.diagnostic(`${planned} plans, ${refused} refused inputs, ${inexpressible} combinations without a text`);
  t.diagnostic(`${taken} documents offered to the tools, 0 refused`);
});

/** The documents of a script, with names that no other one has, so that many are read together. */
function documentsOf(script: string, prefix: string): readonly Document[] {
  const own = (text: string) =>
    text.replace(/\b(?:OSM_|FSM_)?PROXY_/g, prefix).replace(/\$POD_IP\b/g, "192.0.2.7");
  const restores = [...script.matchAll(/^\*nat\n[\s\S]*?(?=^COMMIT$|^END$)/gm)].map(
    ([text], index): Document => {
      const family: IpFamily = index === 0 ? "ipv4" : "ipv6";
      return { tool: family === "ipv4" ? "iptables" : "ip6tables", text: own(`${text}COMMIT`) };
    },
  );
  const tables = [...script.matchAll(/^table (ip6?) proxy_redirect \{\n[\s\S]*?^\}$/gm)].map(
    ([text]): Document => ({ tool: "nft", text: own(text.replace("proxy_redirect", `${prefix}redirect`)) }),
  );
  if (!script.startsWith("iptables -t nat")) return [...restores, ...tables];
  const lines = script.split(" && ").map((command) => command.replace("iptables -t nat ", ""));
  const declared = lines.map((line) => line.replace(/^-N (\S+)$/, ":$1 - [0:0]"));
  return [{ tool: "iptables", text: own(["*nat", ...declared, "COMMIT"].join("\n")) }];
}

/** The line that a tool complains of. */
function lineOf(input: string, complaint: string): string {
  const [, number] = /line:? ?(\d+)|stdin:(\d+):/.exec(complaint) ?? [];
  return number === undefined ? "" : (input.split("\n")[Number(number) - 1] ?? "");
}
