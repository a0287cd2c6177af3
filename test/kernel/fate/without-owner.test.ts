import assert from "node:assert/strict";
import { test } from "node:test";
import { linkChains } from "../../../src/analyze/link.ts";
import type { Packet } from "../../../src/analyze/packet.ts";
import { walk } from "../../../src/analyze/walk.ts";
import { numberOfProtocol } from "../../../src/ruleset/protocol.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";
import { inNamespace } from "../scripts/namespace.ts";
import { lacking } from "../scripts/requirements.ts";
import { backEndOf, KEEPERS, type Keeper } from "./back-end.ts";

const skip = lacking("python3");

/** Rules that tell by their counters whether a packet has an owner. */
const DOCUMENT = `iptables-restore --noflush <<'EOF'
*filter
-A OUTPUT -p tcp --sport 9 -m owner --uid-owner 0-4294967294
-A OUTPUT -p tcp --sport 9 -m owner ! --uid-owner 0
-A OUTPUT -p tcp --sport 9 -m owner ! --uid-owner 4294967294
-A OUTPUT -p tcp --sport 9 -m owner --uid-owner 0 -m owner ! --gid-owner 0
-A OUTPUT -p tcp --sport 9
COMMIT
EOF
`;

/** The same in nftables, where an owner that is not somebody is an owner all the same. */
const TABLE = `nft -f - <<'EOF'
table ip t {
  chain out {
    type filter hook output priority 0; policy accept;
    tcp sport 9 meta skuid 0-4294967294 counter
    tcp sport 9 meta skuid != 0 counter
    tcp sport 9 meta skgid != 4294967294 counter
    tcp sport 9 counter
  }
}
EOF
`;

/** The numbers of the rules whose conditions such a packet meets. */
const EXPECTED: { readonly [keeper in Keeper]: readonly number[] } = {
  legacy: [2, 3, 5],
  nf_tables: [2, 3, 5],
  nft: [4],
};

/** Calls a port where nobody listens: the kernel resets the connection, by a socket of its own. */
const CALL = `
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except ConnectionRefusedError:
    print("refused")
`;

/** The packet that resets the connection. */
const RESET: Packet = {
  direction: "outbound",
  family: "ipv4",
  protocol: numberOfProtocol("tcp") ?? 0,
  state: "ESTABLISHED",
  interface: "lo",
  source: { address: 0x7f000001n, port: 9 },
  destination: { address: 0x7f000001n, port: 40_000 },
  holds: new Set(),
};

for (const keeper of KEEPERS) {
  test(`a packet that no process sent has no owner, as ${keeper} sees it`, { skip }, async () => {
    await inNamespace(async (namespace) => {
      const backEnd = backEndOf(namespace, keeper);
      await backEnd.script(keeper === "nft" ? TABLE : DOCUMENT);
      assert.deepEqual(rulesMet(await backEnd.chains()), EXPECTED[keeper]);
      assert.equal((await namespace.run("python3", ["-c", CALL])).stdout, "refused\n");
      assert.deepEqual(countedRules(await backEnd.chains()), EXPECTED[keeper]);
    });
  });
}

function rulesMet(chains: readonly Chain[]): readonly number[] {
  const linked = linkChains(chains);
  assert.ok(linked.ok);
  return walk(linked.value, RESET).steps.flatMap((step) =>
    step.kind === "rule" && step.failed === undefined ? step.rule.index + 1 : [],
  );
}

function countedRules(chains: readonly Chain[]): readonly number[] {
  const rules = chains.find(({ hook }) => hook === "OUTPUT")?.rules ?? [];
  return rules.flatMap(({ counters }, index) => ((counters?.packets ?? 0) > 0 ? index + 1 : []));
}
