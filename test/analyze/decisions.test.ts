import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analysisOf, valueFor } from "../../src/analyze/analysis.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import type { PodFacts } from "../../src/analyze/fate.ts";
import { walk } from "../../src/analyze/walk.ts";
import type { IpFamily } from "../../src/net/address.ts";
import { addressNumber, packet, rulesetChains } from "./arbitraries.ts";
import { linked } from "./linked.ts";

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];
const POD: { readonly [family in IpFamily]: PodFacts } = {
  ipv4: { addresses: [{ family: "ipv4", value: addressNumber("10.1.2.3") }] },
  ipv6: { addresses: [{ family: "ipv6", value: addressNumber("2001:db8::3") }] },
};

test("the diagrams decide as the walk does, for random rules of all tables and random packets", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FAMILIES).chain((family) =>
        rulesetChains(family).chain((chains) => {
          const ready = linked(chains);
          const { space } = analysisOf(family, ready.all);
          const names = space.axes.flatMap((axis) => (axis.kind === "condition" ? axis.name : []));
          return fc.record({
            family: fc.constant(family),
            chains: fc.constant(ready),
            knowsPod: fc.boolean(),
            packets: fc.array(packet(family, names), { minLength: 40, maxLength: 40 }),
          });
        }),
      ),
      ({ family, chains, knowsPod, packets }) => {
        const analysis = analysisOf(family, chains.all);
        const pod = knowsPod ? POD[family] : { addresses: [] };
        for (const direction of ["inbound", "outbound"] as const) {
          const decisions = decisionsOf(analysis, chains, direction, pod);
          const own = packets.filter((candidate) => candidate.direction === direction);
          const byLo = own
            .filter(() => direction === "inbound")
            .map((each) => ({ ...each, interface: "lo" }));
          for (const each of [...own, ...byLo]) {
            assert.deepEqual(valueFor(analysis, decisions, each), walk(chains, each, pod).decision);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
