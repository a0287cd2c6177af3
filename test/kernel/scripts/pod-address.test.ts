import assert from "node:assert/strict";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import { inNamespace, type Namespace } from "./namespace.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, saved } from "./saved.ts";
import { hardenedPlan } from "./scenarios.ts";
import { SHELLS } from "./shells.ts";
import { toolbox } from "./toolbox.ts";

const skip = lacking();
const IN_POD_IP_MODE = { meshConfig: { spec: { sidecar: { localProxyMode: "PodIP" } } } };

/** What is no address of a pod. `CANARY` stands for a program that leaves a trace when it is run. */
const HOSTILE: Readonly<Record<string, string>> = {
  empty: "",
  "a comma": ",",
  "a substitution": "$(CANARY)",
  "an old substitution": "`CANARY`",
  "a command behind an address": "1.2.3.4;CANARY",
  "a command on a line of its own": "1.2.3.4\nCANARY",
  "a quote": "1.2.3.4';CANARY;'",
  "the end of a here-document": "1.2.3.4\nEND\nCANARY\n",
  "another target": "1.2.3.4 -j ACCEPT",
  "another rule": "1.2.3.4\n-A OUTPUT -j ACCEPT",
  "another rule of nft": "1.2.3.4; accept",
  "a wildcard": "*",
  "a port": "1.2.3.4:80",
  "a range": "1.2.3.4-1.2.3.9",
  "a variable": "$PATH",
  "a network": "10.0.0.0/8",
  "five octets": "1.2.3.4.5",
  "a large octet": "1.2.3.256",
  "letters in octets": "de.ad.be.ef",
  "three octets": "1.2.3",
  "a name": "localhost",
  "a name of hexadecimal digits": "cafe",
  "a zone": "fe80::1%lo",
  "too many groups": "1:2:3:4:5:6:7:8:9",
  "too few groups": "1:2:3:4:5:6:7",
  "a long group": "fd00::12345",
  "two gaps": "fd00::1::2",
  "a colon in front": ":1:2:3:4:5:6:7",
  "a colon behind": "1:2:3:4:5:6:7:",
  "an address of both families": "::ffff:10.0.0.1",
  "an octet in octal": "010.0.0.1",
  colons: ":::",
  "a format": "%s",
  "white space": " 10.0.0.1",
  "an option": "--help",
  "one that is none behind one that is": "10.0.0.1,x",
};

/** A program that leaves a trace in the folder of the test. */
function canary(path: string, { folder }: Namespace): { readonly sang: () => boolean } {
  const trace = join(folder, "trace");
  const program = join(path, "CANARY");
  writeFileSync(program, `#!/bin/sh\n: >${trace}\n`);
  chmodSync(program, 0o755);
  return { sang: () => existsSync(trace) };
}

for (const [shell, words] of Object.entries(SHELLS)) {
  for (const scriptFormat of ["restore", "nftables"] as const) {
    test(`in ${shell}, a ${scriptFormat} script takes nothing but an address from POD_IP and POD_IPS`, {
      skip: skip || words.lacking,
    }, async (t) => {
      const plan = hardenedPlan(IN_POD_IP_MODE, { scriptFormat });
      const cases = slice(
        Object.entries(HOSTILE).flatMap(([what, value]) =>
          (["POD_IP", "POD_IPS"] as const).map((variable) => ({ what, value, variable })),
        ),
        9,
      );
      await forEachInNamespace(cases, async (namespace, { what, value, variable }) => {
        const path = toolbox(namespace, { suffixed: ["legacy"] });
        const { sang } = canary(path, namespace);
        const [program, ...args] = words.command;
        const env = { PATH: path, [variable]: value };
        const { code, stderr } = await namespace.run(program, [...args, "-c", plan.script], { env });
        const which = `${variable} is ${what}: ${stderr}`;
        assert.notEqual(code, 0, which);
        assert.notEqual(stderr, "", which);
        assert.equal(sang(), false, which);
        assert.deepEqual(await saved(namespace, "legacy"), {}, which);
        assert.equal(await listed(namespace), "", which);
      });
      t.diagnostic(`${cases.length} values`);
    });
  }
}

/** What the cluster may give, and what the scripts make of it. */
const GIVEN: readonly {
  readonly env: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Record<string, string>>;
}[] = [
  { env: { POD_IP: "10.0.0.1" }, addresses: { POD_IPV4: "10.0.0.1" } },
  { env: { POD_IP: "fd00::1" }, addresses: { POD_IPV6: "fd00::1" } },
  {
    env: { POD_IP: "10.0.0.1", POD_IPS: "10.0.0.1,fd00::1" },
    addresses: { POD_IPV4: "10.0.0.1", POD_IPV6: "fd00::1" },
  },
  {
    env: { POD_IP: "fd00::1", POD_IPS: "fd00::1,10.0.0.1" },
    addresses: { POD_IPV4: "10.0.0.1", POD_IPV6: "fd00::1" },
  },
  { env: { POD_IP: "10.0.0.1", POD_IPS: "" }, addresses: { POD_IPV4: "10.0.0.1" } },
  // The first of a family counts, as it does for an address in the request.
  { env: { POD_IPS: "10.0.0.1,10.0.0.2" }, addresses: { POD_IPV4: "10.0.0.1" } },
  { env: { POD_IPS: "255.249.199.0" }, addresses: { POD_IPV4: "255.249.199.0" } },
  { env: { POD_IPS: "2001:db8:0:1:2:3:4:5" }, addresses: { POD_IPV6: "2001:db8:0:1:2:3:4:5" } },
  { env: { POD_IPS: "fd00::" }, addresses: { POD_IPV6: "fd00::" } },
];

test("the proxy's calls to loopback go to the address of each family that the environment gives", {
  skip,
}, async () => {
  const plan = hardenedPlan(IN_POD_IP_MODE, { iptablesBackend: "legacy" });
  const asNft = hardenedPlan(IN_POD_IP_MODE, { scriptFormat: "nftables" });
  for (const { env, addresses } of GIVEN) {
    await inNamespace(async (namespace) => {
      const PATH = toolbox(namespace, { suffixed: ["legacy"] });
      for (const { script } of [plan, asNft]) {
        const { code, stderr } = await namespace.run("/bin/sh", ["-c", script], { env: { PATH, ...env } });
        assert.equal(code, 0, `${JSON.stringify(env)}: ${stderr}`);
      }
      assert.deepEqual(await saved(namespace, "legacy"), expected(plan.chains, addresses));
      const targets = [...(await listed(namespace)).matchAll(/dnat to (.*)/g)].map(([, target]) => target);
      assert.deepEqual(targets, Object.values(addresses));
    });
  }
});

test("without an address in the environment a script fails and says so", { skip }, async () => {
  for (const scriptFormat of ["restore", "nftables"] as const) {
    await inNamespace(async (namespace) => {
      const env = { PATH: toolbox(namespace, { suffixed: ["legacy"] }) };
      const { script } = hardenedPlan(IN_POD_IP_MODE, { scriptFormat });
      const { code, stderr } = await namespace.run("/bin/sh", ["-c", script], { env });
      assert.equal(code, 1);
      assert.equal(stderr, "proxy-redirect: neither POD_IPS nor POD_IP has an address of the pod\n");
    });
  }
});
