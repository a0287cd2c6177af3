import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareRules } from "../../../src/analyze/compare.ts";
import { linkChains } from "../../../src/analyze/link.ts";
import { type IpFamily, parseAddress } from "../../../src/net/address.ts";
import { ruleText, type Spelling, specification } from "../../../src/render/rule-text.ts";
import type { Rule } from "../../../src/ruleset/rule.ts";
import { rule } from "../../parse/arbitraries.ts";
import { parsed } from "../../parse/parsed.ts";
import { forEachInNamespace, slice } from "../scripts/each.ts";
import { inNamespace, type Namespace } from "../scripts/namespace.ts";
import { FULL, lacking } from "../scripts/requirements.ts";
import { POD_ENVIRONMENT, SCENARIOS } from "../scripts/scenarios.ts";
import { BACK_ENDS, type BackEnd, programOf, toolbox } from "../scripts/toolbox.ts";

const skip = lacking();

/** What a chain of the nat table can hold: no target of another table, and translation only with a protocol. */
function fitForNat(given: Rule): Rule {
  const { target, matches } = given;
  const hasPorts = matches.some(
    (match) => match.kind === "protocol" && !match.negated && ["tcp", "udp", "sctp"].includes(match.protocol),
  );
  switch (target.kind) {
    case "drop":
    case "reject":
    case "source-nat":
    case "unknown":
      return { ...given, target: { kind: "return" } };
    case "redirect":
    case "dnat":
      return hasPorts ? given : { ...given, target: { kind: "accept" } };
    case "pass":
      return { ...given, target: { kind: "pass", name: "LOG", text: 'LOG --log-prefix "a b"' } };
    default:
      return given;
  }
}

/** Modules that a kernel may be built without. */
function isPortable({ matches }: Rule): boolean {
  return matches.every((match) => match.kind !== "protocol" || !["dccp", "udplite"].includes(match.protocol));
}

async function save(namespace: Namespace, backEnd: BackEnd, family: IpFamily): Promise<string> {
  const { code, stdout, stderr } = await namespace.run(programOf(backEnd, family, "-save"), [
    "-c",
    "-t",
    "nat",
  ]);
  assert.equal(code, 0, stderr);
  return stdout;
}

function withoutCounters(rules: readonly Rule[]): readonly Rule[] {
  return rules.map(({ counters, ...rest }) => {
    assert.deepEqual(counters, { packets: 0, bytes: 0 });
    return rest;
  });
}

function text(one: Rule): string {
  return ruleText("MINE", one);
}

for (const backEnd of BACK_ENDS) {
  for (const family of ["ipv4", "ipv6"] as const) {
    test(`rules of ${family} that ${backEnd} was given are read back as the same rules`, {
      skip,
    }, async () => {
      await inNamespace(async (namespace) => {
        const rules = fc.array(rule(family).filter(isPortable).map(fitForNat), {
          minLength: 1,
          maxLength: 60,
          size: "max",
        });
        const property = fc.asyncProperty(
          rules,
          fc.constantFrom<Spelling>("typed", "saved"),
          async (given, spelling) => {
            const lines = given.map((one) => `-A MINE${specification(one, spelling)}`);
            const input = ["*nat", ":MINE - [0:0]", ":X - [0:0]", ...lines, "COMMIT", ""].join("\n");
            const { code, stderr } = await namespace.run(programOf(backEnd, family, "-restore"), [], {
              input,
            });
            assert.equal(code, 0, `${stderr} of ${input}`);
            const { chains, detected } = parsed(await save(namespace, backEnd, family));
            assert.match(
              detected,
              family === "ipv4" ? /^output of iptables.* for IPv4$/ : /^output of ip6tables.* for IPv6$/,
            );
            const read = chains.find(({ name }) => name === "MINE")?.rules ?? [];
            assert.deepEqual(read.map(text), given.map(text));
            assert.deepEqual(withoutCounters(read), given);
            const typed = parsed(input, { family }).chains.find(({ name }) => name === "MINE")?.rules;
            assert.deepEqual(typed, given);
          },
        );
        await fc.assert(property, { numRuns: FULL ? 150 : 15 });
      });
    });
  }
}

test("the JSON that nft prints of a plan's script decides as the plan does for every packet", {
  skip,
}, async (t) => {
  const scenarios = slice(
    SCENARIOS.filter(({ format }) => format === "nftables"),
    4,
  );
  const pod = {
    addresses: POD_ENVIRONMENT.POD_IPS.split(",").flatMap((address) => {
      const result = parseAddress(address);
      return result.ok ? result.value : [];
    }),
  };
  await forEachInNamespace(scenarios, async (namespace, { name, plan }) => {
    const env = { PATH: toolbox(namespace, {}), ...POD_ENVIRONMENT };
    await namespace.run("nft", ["flush", "ruleset"]);
    const loaded = await namespace.run("/bin/sh", ["-c", plan.script], { env });
    assert.equal(loaded.code, 0, `${name}: ${loaded.stderr}`);
    const { stdout } = await namespace.run("nft", ["-j", "list", "ruleset"]);
    const read = linkChains(parsed(stdout).chains);
    const planned = linkChains(plan.chains);
    assert.ok(read.ok && planned.ok);
    const { differences, notModelled } = compareRules(planned.value, read.value, { pod });
    assert.deepEqual(
      [
        differences.map(({ example, before, after }) => ({
          example,
          before: before.fate,
          after: after.fate,
        })),
        notModelled,
      ],
      [[], []],
      name,
    );
  });
  t.diagnostic(`${scenarios.length} scripts`);
});
