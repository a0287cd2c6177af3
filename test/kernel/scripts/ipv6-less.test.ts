import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { PodPlan } from "../../../src/plan.ts";
import { IPV6_ADDRESSES } from "../../../src/render/guarded/shell.ts";
import { slice } from "./each.ts";
import { inNamespace, type Namespace, type Outcome } from "./namespace.ts";
import { lacking, pathOf } from "./requirements.ts";
import { expected, listed, type Saved, saved } from "./saved.ts";
import { hardenedPlan } from "./scenarios.ts";
import { BACK_ENDS, type BackEnd, toolbox } from "./toolbox.ts";

const skip = lacking();
const SAID =
  "proxy-redirect: no IPv6 rules: this host cannot redirect IPv6, and the pod has no global IPv6 address\n";

/** How a host is without IPv6: what a PATH then has, and the script that sees it. */
interface Host {
  readonly path: (namespace: Namespace, backEnd: BackEnd) => string;
  /** Paths of the kernel's files that a test cannot take away are put elsewhere in the script. */
  readonly script?: (script: string) => string;
}

/** Hosts whose kernel or image does not redirect IPv6. */
const HOSTS: Readonly<Record<string, Host>> = {
  "whose image has no ip6tables": {
    path: (namespace, backEnd) => toolbox(namespace, { suffixed: [backEnd], families: ["ipv4"], others: [] }),
  },
  "whose kernel has no table nat for IPv6": {
    path: (namespace, backEnd) => {
      const path = toolbox(namespace, { suffixed: [backEnd] });
      for (const suffix of ["-legacy", "-nft"]) {
        replace(path, `ip6tables${suffix}`, "echo 'cannot initialize table nat' >&2; exit 3");
      }
      replace(path, "nft", `case "$*" in *ip6*) echo 'Error: No such file or directory' >&2; exit 1 ;; esac`);
      return path;
    },
  },
};

/** Puts a program in front of another, which it becomes when it does not exit. */
function replace(path: string, name: string, before: string): void {
  const file = join(path, name);
  rmSync(file, { force: true });
  writeFileSync(file, `#!/bin/sh\n${before}\nexec ${pathOf(name)} "$@"\n`);
  chmodSync(file, 0o755);
}

const FORMS = [
  ...BACK_ENDS.map((backEnd) => ({ format: "restore" as const, backEnd })),
  { format: "nftables" as const, backEnd: "nf_tables" as const },
];

for (const { format, backEnd } of slice(FORMS, 2)) {
  const plan = hardenedPlan({}, { scriptFormat: format });
  const run = (namespace: Namespace, PATH: string, script = plan.script): Promise<Outcome> =>
    namespace.run("/bin/sh", ["-c", script], { env: { PATH } });

  for (const [host, { path }] of Object.entries(HOSTS)) {
    if (format === "nftables" && host === "whose image has no ip6tables") continue;

    test(`${format} on ${backEnd}: a pod without a global IPv6 address starts on a host ${host}`, {
      skip,
    }, async () => {
      await inNamespace(async (namespace) => {
        const PATH = path(namespace, backEnd);
        for (const _ of ["first run", "second run"]) {
          assert.deepEqual(await run(namespace, PATH), { code: 0, stdout: "", stderr: SAID });
          await holdsIpv4Alone(namespace, backEnd, plan, format);
        }
        const cleanup = await run(namespace, PATH, plan.cleanupScript);
        assert.deepEqual(cleanup, { code: 0, stdout: "", stderr: "" });
      });
    });

    test(`${format} on ${backEnd}: a pod with a global IPv6 address fails on a host ${host}`, {
      skip,
    }, async () => {
      await inNamespace(async (namespace) => {
        await namespace.run("ip", ["-6", "address", "add", "2001:db8::7/64", "dev", "lo", "nodad"]);
        const { code, stderr } = await run(namespace, path(namespace, backEnd));
        assert.equal(code, 1);
        assert.match(
          stderr,
          /the pod has the IPv6 address 20010db8000000000000000000000007, and this host cannot/,
        );
      });
    });
  }

  test(`${format} on ${backEnd}: a pod starts on a kernel without IPv6`, { skip }, async () => {
    await inNamespace(async (namespace) => {
      const script = plan.script.replaceAll(IPV6_ADDRESSES, join(namespace.folder, "absent"));
      const outcome = await run(namespace, toolbox(namespace, { suffixed: [backEnd] }), script);
      assert.deepEqual(outcome, { code: 0, stdout: "", stderr: SAID });
      await holdsIpv4Alone(namespace, backEnd, plan, format);
    });
  });

  test(`${format} on ${backEnd}: where IPv6 is switched off by sysctl, its rules are loaded all the same`, {
    skip,
  }, async () => {
    await inNamespace(async (namespace) => {
      await namespace.run("sysctl", ["-qw", "net.ipv6.conf.all.disable_ipv6=1"]);
      const outcome = await run(namespace, toolbox(namespace, { suffixed: [backEnd] }));
      assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
      if (format === "restore") assert.deepEqual(await saved(namespace, backEnd), expected(plan.chains));
      else assert.match(await listed(namespace), /^table ip6 proxy_redirect/m);
    });
  });
}

test("a lock that another program holds is no sign of a host without IPv6", { skip }, async () => {
  await inNamespace(async (namespace) => {
    const PATH = toolbox(namespace, { suffixed: ["legacy"] });
    replace(PATH, "ip6tables-legacy", "echo 'Another app is currently holding the xtables lock' >&2; exit 4");
    const { script } = hardenedPlan({}, { iptablesBackend: "legacy" });
    const { code, stderr } = await namespace.run("/bin/sh", ["-c", script], { env: { PATH } });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "proxy-redirect: ip6tables-legacy: Another app is currently holding the xtables lock\n",
    );
  });
});

async function holdsIpv4Alone(
  namespace: Namespace,
  backEnd: BackEnd,
  plan: PodPlan,
  format: "restore" | "nftables",
): Promise<void> {
  const ipv4 = plan.chains.filter(({ family }) => family === "ipv4");
  if (format === "restore") {
    const state: Saved = await saved(namespace, backEnd);
    assert.deepEqual(state, expected(ipv4));
  } else {
    const tables = [...(await listed(namespace)).matchAll(/^table (.*) \{$/gm)].map(([, table]) => table);
    assert.deepEqual(tables, ["ip proxy_redirect"]);
  }
}
