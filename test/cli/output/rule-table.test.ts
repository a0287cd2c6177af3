import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ruleTable } from "../../../src/cli/output/rule-table.ts";
import { type Chain, ChainSchema, IpFamily, OriginKind } from "../../../src/gen/redirect/v1/ruleset_pb.ts";

const ANNOTATION = 'pod.metadata.annotations["openservicemesh.io/inbound-port-exclusion-list"]';

function chain(family: IpFamily): Chain {
  return create(ChainSchema, {
    family,
    name: "IN",
    rules: [
      {
        text: "-A IN -p tcp -m multiport --dports 1,2 -j RETURN",
        reason: "Excluded",
        origin: { kind: OriginKind.MESH_CONFIG, field: "meshConfig.spec.traffic.list", index: 0 },
        allOrigins: [
          { kind: OriginKind.MESH_CONFIG, field: "meshConfig.spec.traffic.list", index: 0 },
          { kind: OriginKind.POD_ANNOTATION, field: ANNOTATION, index: 2 },
          { kind: OriginKind.MESH_CONFIG, field: "meshConfig.spec.traffic.list", index: 1 },
        ],
      },
      { text: "-A IN -j ALL", reason: "The rest", origin: { kind: OriginKind.BUILT_IN } },
    ],
  });
}

const plain = (_style: string, text: string): string => text;

describe("a table of rules", () => {
  it("has a line for each rule, with every input behind it and its positions", () => {
    assert.equal(
      ruleTable([chain(IpFamily.IPV4)], { paint: plain }),
      `CHAIN  #  RULE                                        FROM                                      WHY
IN     1  -p tcp -m multiport --dports 1,2 -j RETURN  list[0,1] inbound-port-exclusion-list[2]  Excluded
IN     2  -j ALL                                      built in                                  The rest
`,
    );
  });

  it("names the family when there are two", () => {
    const [heading, first] = ruleTable([chain(IpFamily.IPV4), chain(IpFamily.IPV6)], { paint: plain }).split(
      "\n",
    );
    assert.match(heading ?? "", /^FAMILY {2}CHAIN /);
    assert.match(first ?? "", /^IPv4 {4}IN /);
  });

  it("puts input and reason below a rule where they do not fit beside it", () => {
    assert.equal(
      ruleTable([chain(IpFamily.IPV4)], { paint: plain, columns: 80 }),
      `CHAIN  #  RULE
IN     1  -p tcp -m multiport --dports 1,2 -j RETURN
    Excluded (list[0,1] inbound-port-exclusion-list[2])
IN     2  -j ALL
    The rest (built in)
`,
    );
  });

  it("is a heading alone without rules", () => {
    assert.equal(ruleTable([], { paint: plain }), "CHAIN  #  RULE  FROM  WHY\n");
  });
});
