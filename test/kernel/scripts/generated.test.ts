import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DIALECTS, SCRIPT_FORMATS } from "../../../src/policy/inputs.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import { type Document, documentsOf, type Source } from "./documents.ts";
import { forEachInNamespace } from "./each.ts";
import { planInputs } from "./generated-inputs.ts";
import { FULL, lacking } from "./requirements.ts";

const skip = lacking();
const INPUTS = FULL ? 12_000 : 400;
/** Documents that one program reads: a process for each would take most of the time. */
const BATCH = 200;

test("the tools take every script that is generated, and no hostile input has one", { skip }, async (t) => {
  const sources: (Source & { readonly of: string; readonly families: number })[] = [];
  const counts = { planned: 0, refused: 0, inexpressible: 0 };
  for (const [index, input] of fc.sample(planInputs, { seed: 20, numRuns: INPUTS }).entries()) {
    const outcome = provedPlan(input);
    counts[outcome.kind]++;
    if (outcome.kind !== "planned") continue;
    const { script, policy } = outcome.plan;
    const of = `${input.options?.dialect} ${input.options?.scriptFormat}`;
    sources.push({ script, prefix: `P${index}_`, of, families: policy.ipFamilies === "dual" ? 2 : 1 });
  }
  // Most inputs are plain; when nearly none has a plan, the test offers nothing.
  assert.ok(counts.planned > INPUTS / 2, JSON.stringify(counts));

  const perPlan = documentsOf(sources);
  // A family that offers nothing would be counted as taken.
  const forms = new Map<string, number>();
  for (const [index, { of, families, script }] of sources.entries()) {
    assert.equal(perPlan[index]?.length, families, script);
    forms.set(of, (forms.get(of) ?? 0) + families);
  }
  const documents: readonly Document[] = perPlan.flat();
  assert.equal(forms.size, DIALECTS.length * SCRIPT_FORMATS.length - 1, "all but hardened commands");

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
  for (const [form, count] of [...forms].toSorted()) t.diagnostic(`${form}: ${count} documents`);
  t.diagnostic(`${taken} documents offered to the tools, 0 refused`);
});

/** The line that a tool complains of. */
function lineOf(input: string, complaint: string): string {
  const [, number] = /line:? ?(\d+)|stdin:(\d+):/.exec(complaint) ?? [];
  return number === undefined ? "" : (input.split("\n")[Number(number) - 1] ?? "");
}
