import assert from "node:assert/strict";
import { test } from "node:test";
import type { FindingCode } from "../../../src/policy/finding.ts";
import type { Dialect, PlanInput } from "../../../src/policy/inputs.ts";
import { ruleText } from "../../../src/render/rule-text.ts";
import { lacking } from "../scripts/requirements.ts";
import { type BackEnd, backEndOf } from "./back-end.ts";
import { inLab, type Lab, type Witness } from "./lab.ts";
import { APP_LISTENERS, type Listener, PEER_LISTENERS, PROXY_LISTENERS } from "./listeners.ts";
import { type PacketWords, shipment } from "./packets.ts";
import { planOf } from "./plans.ts";

const skip = lacking("python3");

/** A finding, the plan that has it, one that has not, and a packet that shows the difference. */
interface Shown {
  readonly finding: FindingCode;
  readonly packet: PacketWords;
  readonly found: Plan;
  readonly better: Plan;
}

/** A plan, and the port that the packet arrives at under it; undefined when it is refused. */
interface Plan {
  readonly dialect: Dialect;
  readonly podIpMode?: true;
  readonly arrivesAt: number | undefined;
}

const tcp = { protocol: "tcp" } as const;

const SHOWN: readonly Shown[] = [
  {
    finding: "SELF_CALL_BYPASSES_PROXY",
    packet: { ...tcp, by: "proxy", from: "192.0.2.10", to: "192.0.2.10", dport: 8080, interface: "lo" },
    found: { dialect: "osm-v0.11", arrivesAt: 8080 },
    better: { dialect: "osm-v1.2", arrivesAt: 15003 },
  },
  {
    finding: "POD_IP_MODE_BREAKS_ADMIN",
    packet: { ...tcp, by: "proxy", from: "127.0.0.1", to: "127.0.0.1", dport: 15000, interface: "lo" },
    found: { dialect: "osm-v1.2", podIpMode: true, arrivesAt: undefined },
    better: { dialect: "hardened", podIpMode: true, arrivesAt: 15000 },
  },
  {
    finding: "LOOPBACK_REDIRECTED",
    packet: { ...tcp, by: "app", from: "127.0.0.1", to: "127.0.0.2", dport: 8080, interface: "lo" },
    found: { dialect: "osm-v0.11", arrivesAt: 15001 },
    better: { dialect: "hardened", arrivesAt: 8080 },
  },
  {
    finding: "LOOPBACK_REDIRECTED",
    packet: { ...tcp, by: "proxy", from: "127.0.0.1", to: "127.0.0.2", dport: 8080, interface: "lo" },
    found: { dialect: "osm-v1.2", arrivesAt: 15003 },
    better: { dialect: "hardened", arrivesAt: 8080 },
  },
  {
    finding: "IPV6_BYPASSES_MESH",
    packet: { ...tcp, by: "peer", from: "2001:db8::20", to: "2001:db8::10", dport: 8080, interface: "eth0" },
    found: { dialect: "osm-v1.2", arrivesAt: 8080 },
    better: { dialect: "hardened", arrivesAt: 15003 },
  },
  {
    finding: "IPV6_BYPASSES_MESH",
    packet: { ...tcp, by: "app", from: "2001:db8::10", to: "2001:db8::20", dport: 80, interface: "eth0" },
    found: { dialect: "osm-v1.2", arrivesAt: 80 },
    better: { dialect: "hardened", arrivesAt: 15001 },
  },
];

function inputOf({ dialect, podIpMode }: Plan): PlanInput {
  return {
    meshConfig: { spec: { sidecar: podIpMode ? { localProxyMode: "PodIP" } : {} } },
    pod: { status: { podIps: [{ ip: "192.0.2.10" }, { ip: "2001:db8::10" }] } },
    options: { dialect },
  };
}

test("what the findings say of connections is what happens to them", { skip }, async (t) => {
  await inLab(async (lab) => {
    const backEnd = backEndOf(lab.pod, "legacy");
    for (const { finding, packet, found, better } of SHOWN) {
      for (const [plan, has] of [
        [found, true],
        [better, false],
      ] as const) {
        const { dialect, arrivesAt } = plan;
        const { script, findings } = planOf(inputOf(plan));
        const name = `${dialect} has ${has ? "" : "no "}${finding}`;
        await t.test(name, async () => {
          assert.equal(
            findings.some(({ code }) => code === finding),
            has,
          );
          await backEnd.clear();
          await backEnd.script(script);
          const [witness] = await send(lab, [packet], arrivesAt === undefined ? [] : [arrivesAt]);
          assert.equal(witness?.arrival?.port, arrivesAt, JSON.stringify(witness));
          assert.equal(witness?.outcome, arrivesAt === undefined ? "Connection refused" : "connected");
        });
      }
    }
  });
});

/** Packets that look as if they met the rules that none can reach. */
const AT_DEAD_RULES: readonly PacketWords[] = [
  { ...tcp, by: "app", from: "192.0.2.10", to: "192.0.2.20", dport: 15000, interface: "eth0" },
  { ...tcp, by: "app", from: "127.0.0.1", to: "127.0.0.1", dport: 15000, interface: "lo" },
  { ...tcp, by: "app", from: "127.0.0.1", to: "127.0.0.1", dport: 8081, interface: "lo" },
  { ...tcp, by: "proxy", from: "127.0.0.1", to: "127.0.0.1", dport: 8081, interface: "lo" },
  { ...tcp, by: "root", from: "192.0.2.10", to: "192.0.2.10", dport: 8080, interface: "lo" },
];

test("a rule that no packet can reach, as its finding says, counts none", { skip }, async (t) => {
  await inLab(async (lab) => {
    const backEnd = backEndOf(lab.pod, "nf_tables");
    for (const dialect of [
      "osm-v0.8",
      "osm-v0.11",
      "osm-v1.0",
      "osm-v1.1",
      "osm-v1.2",
      "fsm-v1.4",
    ] as const) {
      const { script, findings } = planOf({ options: { dialect } });
      const dead = findings.flatMap(({ code, value }) => (code === "UNREACHABLE_RULE" ? value : []));
      await t.test(`${dialect}: ${dead.length} rules`, async () => {
        assert.ok(dead.length > 0);
        await backEnd.clear();
        await backEnd.script(script);
        await send(lab, AT_DEAD_RULES, []);
        const counts = await countsOf(backEnd);
        for (const text of dead) assert.equal(counts.get(text), 0, text);
        assert.ok(
          [...counts.values()].some((count) => count > 0),
          "some rule counts",
        );
      });
    }
  });
});

/** Sends packets that all get past the rules, and waits until some have arrived at these ports. */
async function send(
  lab: Lab,
  packets: readonly PacketWords[],
  arrivals: readonly number[],
): Promise<readonly Witness[]> {
  const ports = lab.sourcePorts(packets.length);
  const shipments = packets.map((words, id) => shipment(words, id, ports[id] ?? 0));
  const at = (listeners: readonly Listener[]) =>
    arrivals.filter((port) => listeners.some((listener) => listener.port === port)).length;
  const atPeer = packets.every(({ to }) => to === "2001:db8::20") ? at(PEER_LISTENERS) : 0;
  const connections = {
    atProxy: at(PROXY_LISTENERS),
    atApp: at(APP_LISTENERS),
    atPeer,
    decided: packets.map((_, id) => id),
  };
  const witnesses = await lab.send(shipments, { tracked: packets.length, connections });
  return packets.flatMap((_, id) => witnesses.get(id) ?? []);
}

async function countsOf(backEnd: BackEnd): Promise<ReadonlyMap<string, number>> {
  const chains = await backEnd.chains();
  return new Map(
    chains.flatMap(({ name, rules }) =>
      rules.map((rule) => [ruleText(name, rule), rule.counters?.packets ?? 0] as const),
    ),
  );
}
