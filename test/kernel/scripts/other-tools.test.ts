import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import type { Namespace } from "./namespace.ts";
import { lacking } from "./requirements.ts";
import { listed, saved } from "./saved.ts";
import { POD_ENVIRONMENT, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BACK_ENDS, programOf, toolbox } from "./toolbox.ts";

const skip = lacking();

/** Rules of another tool that are there before a script runs, in chains that it writes to and in chains named like its own. */
function before(chain: string): string {
  return `*nat
:OTHER - [0:0]
:${chain}_2 - [0:0]
-A PREROUTING -p tcp -m tcp --dport 81 -j OTHER
-A PREROUTING -p tcp -j ${chain}_2
-A OUTPUT -p tcp -m tcp --dport 82 -j OTHER
-A OUTPUT -p tcp -m tcp --dport 83 -j REDIRECT --to-ports 84
-A POSTROUTING -p tcp -j MASQUERADE
-A OTHER -m comment --comment "of another tool" -j RETURN
-A ${chain}_2 -p udp -j ACCEPT
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 85 -j ACCEPT
COMMIT
`;
}

/** Rules that it adds between a script and its cleanup. */
const AFTER = `*nat
-I PREROUTING -p tcp -m tcp --dport 91 -j OTHER
-A PREROUTING -p tcp -m tcp --dport 92 -j RETURN
-I OUTPUT -p tcp -m tcp --dport 93 -j OTHER
-A OUTPUT -p udp -j RETURN
COMMIT
`;

function ownChain({ plan }: Scenario): string {
  const chain = plan.chains.find(({ hook }) => hook === undefined);
  if (chain === undefined) throw new Error("a plan has chains of its own");
  return chain.name;
}

for (const backEnd of BACK_ENDS) {
  test(`on ${backEnd}, a cleanup leaves exactly the rules of other tools`, { skip }, async (t) => {
    const scenarios = slice(
      SCENARIOS.filter(({ format }) => format !== "nftables"),
      12,
    );
    await forEachInNamespace(scenarios, async (namespace, scenario) => {
      const { name, plan } = scenario;
      const env = { PATH: toolbox(namespace, { plain: backEnd }), ...POD_ENVIRONMENT };
      const other = async (input: string, ...args: readonly string[]) => {
        for (const family of ["ipv4", "ipv6"] as const) {
          const done = await namespace.run(programOf(backEnd, family, "-restore"), args, { input });
          assert.equal(done.code, 0, done.stderr);
        }
      };
      const script = async (text: string) => {
        const done = await namespace.run("/bin/sh", ["-c", text], { env });
        assert.equal(done.code, 0, `${name}: ${done.stderr}`);
      };
      // What the other tool leaves when there is nobody else.
      await other(before(ownChain(scenario)));
      await other(AFTER, "--noflush");
      const alone = await saved(namespace, backEnd);

      await other(before(ownChain(scenario)));
      await script(plan.script);
      await other(AFTER, "--noflush");
      assert.notDeepEqual(await saved(namespace, backEnd), alone, name);
      await script(plan.cleanupScript);
      assert.deepEqual(await saved(namespace, backEnd), alone, name);
    });
    t.diagnostic(`${scenarios.length} scripts`);
  });
}

/** Tables of another tool, one of them with our table's name in another family. */
const OTHER_TABLES = `
table ip nat {
  chain PREROUTING { type nat hook prerouting priority dstnat; tcp dport 81 redirect to :82; }
}
table inet proxy_redirect {
  chain PROXY_INBOUND { tcp dport 83 accept; }
}
table ip proxy_redirect_2 {
  chain PROXY_INBOUND { type nat hook output priority -100; tcp dport 84 redirect to :85; }
}
`;

test("in nft, a script and its cleanup leave the tables of other tools alone", { skip }, async (t) => {
  const scenarios = slice(
    SCENARIOS.filter(({ format }) => format === "nftables"),
    12,
  );
  await forEachInNamespace(scenarios, async (namespace, { name, plan }) => {
    const env = { PATH: toolbox(namespace, {}), ...POD_ENVIRONMENT };
    const script = async (text: string) => {
      const done = await namespace.run("/bin/sh", ["-c", text], { env });
      assert.equal(done.code, 0, `${name}: ${done.stderr}`);
    };
    await load(namespace, OTHER_TABLES);
    const alone = await listed(namespace);
    await script(plan.script);
    const both = await listed(namespace);
    assert.ok(both.startsWith(alone.trimEnd()) && both.length > alone.length, name);
    await script(plan.cleanupScript);
    assert.equal(await listed(namespace), alone, name);
    // A cleanup may come twice, or where no script ran.
    await script(plan.cleanupScript);
    assert.equal(await listed(namespace), alone, name);
  });
  t.diagnostic(`${scenarios.length} scripts`);
});

async function load(namespace: Namespace, input: string): Promise<void> {
  const { code, stderr } = await namespace.run("nft", ["-f", "-"], { input: `flush ruleset\n${input}` });
  assert.equal(code, 0, stderr);
}
