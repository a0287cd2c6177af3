import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { parsePacket } from "../../../src/cli/input/packet-words.ts";
import { UsageError } from "../../../src/cli/usage-error.ts";
import { PacketSchema } from "../../../src/gen/redirect/v1/packet_pb.ts";

const NEW_TCP = { protocol: "PROTOCOL_TCP", connectionState: "CONNECTION_STATE_NEW" };
const OUT = { direction: "DIRECTION_OUTBOUND", ...NEW_TCP };
const IN = { direction: "DIRECTION_INBOUND", ...NEW_TCP };

describe("a packet in words", () => {
  const cases: readonly [string, object][] = [
    ["uid 1000 -> 10.96.0.5:443", { ...OUT, owner: { uid: 1000 }, destination: to("10.96.0.5", 443) }],
    ["uid 0->10.96.0.5", { ...OUT, owner: {}, destination: { address: "10.96.0.5" } }],
    [
      "  uid 4294967295 \t-> 10.0.0.1:1 ",
      { ...OUT, owner: { uid: 4294967295 }, destination: to("10.0.0.1", 1) },
    ],
    [
      "uid 1500 gid 1501 -> [2001:db8::1]:443 via lo",
      { ...OUT, owner: { uid: 1500, gid: 1501 }, destination: to("2001:db8::1", 443), interface: "lo" },
    ],
    [
      "udp uid 7 -> 2001:db8::1 from [2001:db8::2]:53 via eth0.5",
      {
        ...OUT,
        protocol: "PROTOCOL_UDP",
        owner: { uid: 7 },
        source: to("2001:db8::2", 53),
        destination: { address: "2001:db8::1" },
        interface: "eth0.5",
      },
    ],
    ["no socket -> 10.0.0.1:80", { ...OUT, destination: to("10.0.0.1", 80) }],
    [
      "established no socket -> 10.0.0.1:80",
      { ...OUT, connectionState: "CONNECTION_STATE_ESTABLISHED", destination: to("10.0.0.1", 80) },
    ],
    [
      "in eth0 10.1.2.3 -> :8080",
      { ...IN, interface: "eth0", source: { address: "10.1.2.3" }, destination: { port: 8080 } },
    ],
    ["in -> :8080", { ...IN, destination: { port: 8080 } }],
    ["in eth0 -> 192.0.2.7:80", { ...IN, interface: "eth0", destination: to("192.0.2.7", 80) }],
    [
      "icmp in 2001:db8::9 -> 2001:db8::1",
      {
        ...IN,
        protocol: "PROTOCOL_ICMP",
        source: { address: "2001:db8::9" },
        destination: { address: "2001:db8::1" },
      },
    ],
  ];
  for (const [text, expected] of cases) {
    it(`'${text}' is read`, () => assert.deepEqual(toJson(PacketSchema, parsePacket(text)), expected));
  }

  const faults: readonly [string, RegExp][] = [
    ["", /column 1: expected uid N, no socket or in; it ends/],
    ["uid", /column 4: expected the number of a user, 0 to 4294967295; it ends/],
    ["uid x -> 10.0.0.1", /column 5: expected the number of a user, .*; found 'x'/],
    ["uid 4294967296 -> 10.0.0.1", /column 5: expected the number of a user/],
    ["uid -1 -> 10.0.0.1", /column 5: .*found '-1'/],
    ["uid 1 10.0.0.1", /column 7: expected gid N or ->; found '10\.0\.0\.1'/],
    ["uid 1 -> ", /column 9: expected ADDRESS or ADDRESS:PORT; it ends/],
    ["uid 1 -> 10.0.0.1:70000", /column 10: expected a port of at most 65535; found '10.0.0.1:70000'/],
    ["uid 1 -> :80", /column 10: expected ADDRESS or ADDRESS:PORT; found ':80'/],
    ["uid 1 -> 10.0.0.1:65536", /column 10: .*found '10\.0\.0\.1:65536'/],
    ["uid 1 -> 10.0.0.256:80", /column 10: /],
    ["uid 1 -> 010.0.0.1:80", /column 10: /],
    ["uid 1 -> [10.0.0.1]:80", /column 10: /],
    ["uid 1 -> [2001:db8::1", /column 10: /],
    ["uid 1 -> example.com:80", /column 10: .*found 'example\.com:80'/],
    ["uid 1 -> 10.0.0.1:80 eth0", /column 22: expected from SOURCE, via INTERFACE or the end; found 'eth0'/],
    ["uid 1 -> 10.0.0.1:80 via a/b", /column 26: expected the name of an interface/],
    ["in eth0 eth1 -> :80", /column 9: expected the source's address, or ->; found 'eth1'/],
    ["in -> :80 via eth0", /column 11: expected the end; found 'via'/],
    ["no sockets -> 10.0.0.1", /column 4: expected socket; found 'sockets'/],
    ["tcp udp uid 1 -> 10.0.0.1", /column 5: expected uid N, no socket or in; found 'udp'/],
  ];
  for (const [text, expected] of faults) {
    it(`'${text}' is refused, at its place`, () => {
      assert.throws(
        () => parsePacket(text),
        (error) => error instanceof UsageError && expected.test(error.message),
      );
    });
  }

  it("of any letters is read or refused as bad usage, in little room", () => {
    const word = fc.constantFrom(
      "uid",
      "gid",
      "in",
      "no",
      "socket",
      "->",
      "1",
      "10.0.0.1:80",
      "via",
      "[::1]",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(word).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, (words) => {
        try {
          parsePacket(words);
        } catch (error) {
          assert.ok(error instanceof UsageError && error.message.length < 500, String(error));
        }
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });
});

function to(address: string, port: number) {
  return { address, port };
}
