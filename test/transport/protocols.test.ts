import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { Dialect } from "../../src/gen/redirect/v1/plan_pb.ts";
import { type Answer, type Client, encode, encodeJson } from "./clients/client.ts";
import { EVERY_CLIENT } from "./clients/every-client.ts";
import { testServer } from "./test-server.ts";
import { EVERY_WAY, type Way } from "./ways.ts";

/** Requests that are refused. */
const BAD: Readonly<Record<string, JsonValue>> = {
  Explain: { packets: [{}] },
  Verify: { intent: { pod: { spec: { hostNetwork: true } } } },
  Compare: { before: {} },
};

function plain({ response, ...answer }: Answer) {
  return answer;
}

/** What every client has to get, however it reaches the server. */
function contract(way: Way): void {
  const server = testServer({}, way);

  /** What every client gets for a request, compared with what the first gets. */
  async function sameForEvery(ask: (client: Client) => Promise<Answer>): Promise<Answer> {
    const [first, ...others] = EVERY_CLIENT;
    assert.ok(first !== undefined && others.length === 8);
    const expected = await ask(first);
    for (const client of others) {
      assert.deepEqual(plain(await ask(client)), plain(expected), client.name);
    }
    return expected;
  }

  test("the same request gets the same plan by every protocol", async () => {
    const { response } = await sameForEvery((client) =>
      client.call(
        server.target,
        encode(client.format, {
          meshConfig: {
            spec: {
              traffic: {
                outboundIpRangeExclusionList: ["54.91.118.50/32"],
                outboundPortExclusionList: [6379],
              },
            },
          },
          pod: {
            metadata: { annotations: { "openservicemesh.io/inbound-port-exclusion-list": "8080, 9090" } },
          },
          options: { dialect: Dialect.OSM_V1_2 },
        }),
      ),
    );
    assert.match(response?.script ?? "", /54\.91\.118\.50\/32/);
    assert.match(response?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
  });

  test("the same bad request gets every finding by every protocol", async () => {
    const { code, message, violations, errorInfo } = await sameForEvery((client) =>
      client.call(
        server.target,
        encode(client.format, {
          meshConfig: { spec: { traffic: { outboundPortExclusionList: [0, 70000] } } },
          pod: { spec: { hostNetwork: true } },
        }),
      ),
    );
    assert.equal(code, "INVALID_ARGUMENT");
    assert.match(message, /\(and 2 more\)$/);
    assert.deepEqual(violations.map(({ field, reason }) => [reason, field]).toSorted(), [
      ["HOST_NETWORK", "pod.spec.hostNetwork"],
      ["INVALID_PORT", "meshConfig.spec.traffic.outboundPortExclusionList[0]"],
      ["INVALID_PORT", "meshConfig.spec.traffic.outboundPortExclusionList[1]"],
    ]);
    assert.equal(errorInfo?.domain, "redirect.v1");
    assert.equal(errorInfo?.metadata["findings"], "3");
  });

  test("values that are not ASCII, and line ends, come through every protocol in the message of an error", async () => {
    const { message } = await sameForEvery((client) =>
      client.call(
        server.target,
        encode(client.format, {
          pod: {
            metadata: {
              annotations: { "openservicemesh.io/outbound-port-exclusion-list": "é\n\u{1f600}％zz%zz" },
            },
          },
        }),
      ),
    );
    assert.match(message, /é\\u\{a\}\u{1f600}％zz%zz/u);
  });

  test("a combination of options that no text can express is FAILED_PRECONDITION by every protocol", async () => {
    const { code, errorInfo } = await sameForEvery((client) =>
      client.call(
        server.target,
        encode(client.format, { options: { dialect: Dialect.OSM_V0_11, ipFamilies: 3 } }),
      ),
    );
    assert.equal(code, "FAILED_PRECONDITION");
    assert.equal(errorInfo?.reason, "INEXPRESSIBLE");
  });

  test("an option that the contract does not name is UNKNOWN_OPTION by every protocol", async () => {
    const { code, errorInfo } = await sameForEvery((client) =>
      client.call(server.target, encode(client.format, { options: { dialect: 99 as Dialect } })),
    );
    assert.equal(code, "INVALID_ARGUMENT");
    assert.equal(errorInfo?.reason, "UNKNOWN_OPTION");
  });

  test("a method that is not there is UNIMPLEMENTED by every protocol", async () => {
    for (const client of EVERY_CLIENT) {
      const { code } = await client.call(server.target, encode(client.format, {}), "Dance");
      assert.equal(code, "UNIMPLEMENTED", client.name);
    }
  });

  test("bytes that are no message are INVALID_ARGUMENT by every protocol", async () => {
    for (const client of EVERY_CLIENT) {
      for (const bytes of [
        Buffer.from([0xff]),
        Buffer.from('{"meshConfig":'),
        Buffer.from([0x0a, 0x05, 0x0a]),
      ]) {
        const { code, message } = await client.call(server.target, bytes);
        assert.equal(code, "INVALID_ARGUMENT", client.name);
        assert.match(message, /^malformed request: /, client.name);
      }
    }
  });

  test("JSON of the wrong shape is refused with the name of the field", async () => {
    for (const client of EVERY_CLIENT.filter(({ format }) => format === "json")) {
      const json = '{"meshConfig":{"spec":{"traffic":{"inboundPortExclusionList":["http"]}}}}';
      const { code, message } = await client.call(server.target, Buffer.from(json));
      assert.equal(code, "INVALID_ARGUMENT", client.name);
      assert.match(message, /TrafficSpec\.inbound_port_exclusion_list/, client.name);
    }
  });

  test("an enum name of JSON that the contract does not know is not taken for the default", async () => {
    for (const client of EVERY_CLIENT.filter(({ format }) => format === "json")) {
      const json = '{"options":{"dialect":"DIALECT_OSM_V9","scriptFormat":"ZIP","ruleComments":true}}';
      const { code, violations } = await client.call(server.target, Buffer.from(json));
      assert.equal(code, "INVALID_ARGUMENT", client.name);
      assert.deepEqual(
        violations.map(({ field }) => field),
        ["options.dialect", "options.scriptFormat"],
        client.name,
      );
    }
  });

  test("fields that the contract leaves out are ignored in JSON", async () => {
    for (const client of EVERY_CLIENT.filter(({ format }) => format === "json")) {
      const json =
        '{"pod":{"apiVersion":"v1","kind":"Pod","metadata":{"managedFields":[{"manager":"kubectl"}]}}}';
      assert.equal((await client.call(server.target, Buffer.from(json))).code, "OK", client.name);
    }
  });

  test("a request over 4 MiB is RESOURCE_EXHAUSTED by every protocol, and one of 4 MiB is read", async () => {
    const limit = 4 * 1024 * 1024;
    for (const client of EVERY_CLIENT) {
      const over = await client.call(server.target, Buffer.alloc(limit + 1, " "));
      assert.equal(over.code, "RESOURCE_EXHAUSTED", client.name);
      assert.match(over.message, /4194304/, client.name);
      const fits = await client.call(server.target, Buffer.alloc(limit, " "));
      assert.notEqual(fits.code, "RESOURCE_EXHAUSTED", client.name);
    }
  });

  const rules = { request: { meshConfig: { spec: { traffic: { inboundPortExclusionList: [8080] } } } } };
  for (const [method, request, answer] of [
    [
      "Explain",
      { rules, packets: [{ direction: "DIRECTION_INBOUND", destination: { port: 8080 } }] },
      /"kind":"KIND_UNTOUCHED"/,
    ],
    ["Verify", { intent: { ...rules.request, options: { dialect: "DIALECT_HARDENED" } } }, /"holds":true/],
    ["Compare", { before: rules, after: { request: {} } }, /"differenceCount":[1-9]/],
  ] satisfies [string, JsonValue, RegExp][]) {
    test(`${method} says the same by every protocol, and tells what is wrong with a request`, async () => {
      const good = await sameForEvery((client) =>
        client.call(server.target, encodeJson(client.format, method, request), method),
      );
      assert.ok(answer.test(JSON.stringify(good.json)));
      const bad = await sameForEvery((client) =>
        client.call(server.target, encodeJson(client.format, method, BAD[method] ?? {}), method),
      );
      assert.equal(bad.code, "INVALID_ARGUMENT");
      assert.notEqual(bad.violations.length, 0);
    });
  }
}

for (const way of EVERY_WAY) {
  describe(`over ${way.name}`, { skip: way.skip }, () => contract(way));
}
