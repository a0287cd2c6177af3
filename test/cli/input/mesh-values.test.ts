import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { meshOverrides } from "../../../src/cli/input/mesh-values.ts";
import { override } from "../../../src/cli/input/override.ts";
import { UsageError } from "../../../src/cli/usage-error.ts";

function meshConfigOf(...sets: readonly string[]): unknown {
  return override(undefined, sets.flatMap(meshOverrides)).value;
}

describe("--set on the mesh config", () => {
  it("puts each value where the mesh config has it", () => {
    assert.deepEqual(
      meshConfigOf(
        "osm.outboundIPRangeExclusionList={1.1.1.1/32,2.2.2.2/24},osm.outboundIPRangeInclusionList={10.0.0.0/8}",
        "osm.outboundPortExclusionList={6379,7070},osm.inboundPortExclusionList={80}",
        "osm.networkInterfaceExclusionList={net1},osm.localProxyMode=PodIP",
        "osm.enablePrivilegedInitContainer=true,fsm.localDNSProxy.enable=true,osm.initContainerImage=a/b:c",
      ),
      {
        spec: {
          traffic: {
            outboundIPRangeExclusionList: ["1.1.1.1/32", "2.2.2.2/24"],
            outboundIPRangeInclusionList: ["10.0.0.0/8"],
            outboundPortExclusionList: [6379, 7070],
            inboundPortExclusionList: [80],
            networkInterfaceExclusionList: ["net1"],
          },
          sidecar: {
            localProxyMode: "PodIP",
            enablePrivilegedInitContainer: true,
            localDNSProxy: { enable: true },
            initContainerImage: "a/b:c",
          },
        },
      },
    );
  });

  it("keeps text that looks like a number where the mesh config has text", () => {
    assert.deepEqual(meshConfigOf("osm.networkInterfaceExclusionList={0,true}"), {
      spec: { traffic: { networkInterfaceExclusionList: ["0", "true"] } },
    });
  });

  it("lets a later value win, sets single items by index, and takes a field out with null", () => {
    const set = "osm.outboundPortExclusionList";
    assert.deepEqual(meshConfigOf(`${set}={1}`, `${set}={2,3}`, `${set}[1]=4`), {
      spec: { traffic: { outboundPortExclusionList: [2, 4] } },
    });
    assert.deepEqual(meshConfigOf(`${set}={1}`, `${set}=null`), { spec: { traffic: {} } });
  });

  it("tells which flag a value came from", () => {
    const { locate } = override(
      undefined,
      ["osm.outboundPortExclusionList={1}", "osm.outboundPortExclusionList[1]=2"].flatMap(meshOverrides),
    );
    const list = ["spec", "traffic", "outboundPortExclusionList"];
    assert.equal(locate([...list, 0]), "--set osm.outboundPortExclusionList");
    assert.equal(locate([...list, 1]), "--set osm.outboundPortExclusionList[1]");
    assert.equal(locate(["spec", "sidecar"]), "command line");
  });

  const refusals: readonly [string, RegExp][] = [
    ["osm.outboundPortExclusionLst={1}", /did you mean osm\.outboundPortExclusionList\?/],
    ["outboundPortExclusionList={1}", /did you mean osm\.outboundPortExclusionList\?/],
    ["istio.outboundPortExclusionList={1}", /did you mean osm\.outboundPortExclusionList\?/],
    ["osm.enableEgress=true", /no value of the mesh that redirection reads/],
    ["osm.__proto__.x=1", /no value of the mesh that redirection reads/],
    [
      "osm.outboundPortExclusionList=6379",
      /takes a list; write --set "osm\.outboundPortExclusionList=\{6379\}"/,
    ],
    ["osm.outboundPortExclusionList={80,0x50}", /List: '0x50' is not written in plain decimal digits/],
    ["osm.inboundPortExclusionList[0]=8e1", /List\[0\]: '8e1' is not written in plain decimal digits/],
    ["osm.localProxyMode={PodIP}", /takes one value, not a list/],
    ["osm.localProxyMode[0]=PodIP", /has no place for that/],
    ["osm.outboundPortExclusionList[0]={1}", /has no place for that/],
    ["osm.outboundPortExclusionList={1", /--set 'osm.*': a list does not end with '\}'/],
  ];
  for (const [set, message] of refusals) {
    it(`refuses ${set}`, () => {
      assert.throws(
        () => meshOverrides(set),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
