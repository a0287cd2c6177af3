import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { IPv4, IPv6 } from "ip-num";
import { addressFromValue, formatAddress, MAX_ADDRESS_TEXT, parseAddress } from "../../src/net/address.ts";
import { addressValues, families, hostileText } from "./arbitraries.ts";

function printed(text: string): string {
  const result = parseAddress(text);
  return result.ok ? formatAddress(result.value) : result.error.kind;
}

describe("an address is printed as ip6tables-save prints it", () => {
  // Each pair was taken from inet_ntop of glibc 2.36 and, in a rule, from ip6tables-save 1.8.9.
  for (const [text, expected] of [
    ["::", "::"],
    ["::1", "::1"],
    ["0:0:0:0:0:0:0:ffff", "::ffff"],
    ["::0.0.1.2", "::102"],
    ["::1:0", "::0.1.0.0"],
    ["::1:1", "::0.1.0.1"],
    ["::1.2.3.4", "::1.2.3.4"],
    ["::102:304", "::1.2.3.4"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::FFFF:102:304", "::ffff:1.2.3.4"],
    ["::ffff:0:0", "::ffff:0.0.0.0"],
    ["::ffff:0:1.2.3.4", "::ffff:0:102:304"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["::1:2:3", "::1:2:3"],
    ["0:0:0:0:1:0:2:3", "::1:0:2:3"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["0:0:1:1:0:0:1:1", "::1:1:0:0:1:1"],
    ["ABCD::1:0:0:1", "abcd::1:0:0:1"],
    ["1::", "1::"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["2001:0db8:0000:0000:0000:0000:0000:000A", "2001:db8::a"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["192.168.0.1", "192.168.0.1"],
  ] as const) {
    test(`${text} as ${expected}`, () => assert.equal(printed(text), expected));
  }

  test("and read back as the same address", () => {
    fc.assert(
      fc.property(
        families.chain((family) => fc.tuple(fc.constant(family), addressValues(family))),
        ([family, value]) => {
          const address = addressFromValue(family, value);
          assert.deepEqual(parseAddress(formatAddress(address)), { ok: true, value: address });
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("a text that is no address is refused", () => {
  for (const text of [
    ...[
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.",
      ".1.2.3",
      "1..2.3",
      "1.2.3.4.",
      "0x1.2.3.4",
      "1.2.3.4e0",
      "+1.2.3.4",
    ],
    ...[
      "-1.2.3.4",
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4\n",
      "1.2.3.4\0",
      "1.2.3.4%eth0",
      "\uff11.2.3.4",
      "1。2。3。4",
    ],
    ...[
      ":",
      ":::",
      "1",
      "1:2",
      "1::2::3",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
      "1:2:3:4:5:6:7:8:9",
      "00001::",
    ],
    ...["1:2:3:4:5:6:7:8::", "1::2:3:4:5:6:7:8", "::g", "::1 ", " ::1", "::1\n", "[::1]", "::-1", "::0x1"],
    ...[
      "::ffff:1.2.3",
      "::ffff:01.2.3.4",
      "::1.2.3.256",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7:1.2.3.4",
    ],
    ...["localhost", "$(id)", "::1;id", "%", "%eth0", "x%eth0", "::\uff11"],
  ]) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(parseAddress(text), { ok: false, error: { kind: "bad-address", text } });
    });
  }

  test("an empty one is told apart", () => assert.equal(printed(""), "empty"));

  test("a long one is refused unread, with both lengths", () => {
    const length = 5_000_000;
    assert.deepEqual(parseAddress("1:".repeat(length / 2)), {
      ok: false,
      error: { kind: "too-long", length, limit: MAX_ADDRESS_TEXT },
    });
  });

  for (const zone of ["eth0", "1", "", "a%b", "$(id)", "\n"]) {
    test(`a zone is named: fe80::1%${JSON.stringify(zone)}`, () => {
      assert.deepEqual(parseAddress(`fe80::1%${zone}`), { ok: false, error: { kind: "zone-id", zone } });
    });
  }

  for (const [text, octet, readAs] of [
    ["010.0.0.1", "010", "8.0.0.1"],
    ["10.0.0.010", "010", "10.0.0.8"],
    ["1.2.3.00", "00", "1.2.3.0"],
    ["0377.255.0.1", "0377", "255.255.0.1"],
    ["0400.0.0.1", "0400", undefined],
    ["08.0.0.1", "08", undefined],
    ["010.0.0.300", "010", undefined],
    ["10.090.0.1", "090", undefined],
  ] as const) {
    test(`${text} is ambiguous: iptables reads ${readAs ?? "nothing"}`, () => {
      assert.deepEqual(parseAddress(text), { ok: false, error: { kind: "ambiguous-octet", octet, readAs } });
    });
  }

  for (const [text, octet] of [
    ["256.0.0.1", "256"],
    ["1.2.3.999999999999999999999", "999999999999999999999"],
  ] as const) {
    test(`${text} has an octet over 255`, () => {
      assert.deepEqual(parseAddress(text), {
        ok: false,
        error: { kind: "octet-too-large", octet, limit: 255 },
      });
    });
  }
});

describe("the number of an address is the one ip-num gives", () => {
  const hexGroup = fc.tuple(fc.nat({ max: 0xffff }), fc.boolean()).map(([group, upper]) => {
    const text = group.toString(16);
    return upper ? text.toUpperCase().padStart(4, "0") : text;
  });
  const dotted = fc
    .array(fc.nat({ max: 255 }), { minLength: 4, maxLength: 4 })
    .map((octets) => octets.join("."));
  const ipv6Text = fc
    .record({
      head: fc.array(hexGroup, { maxLength: 8 }),
      tail: fc.array(hexGroup, { maxLength: 8 }),
      end: fc.option(dotted),
      gap: fc.boolean(),
    })
    .map(({ head, tail, end, gap }) => {
      const after = end === null ? tail : [...tail, end];
      return gap ? `${head.join(":")}::${after.join(":")}` : [...head, ...after].join(":");
    });
  const ipNum = (text: string) => {
    try {
      return (text.includes(":") ? new IPv6(text) : new IPv4(text)).getValue();
    } catch {
      return undefined;
    }
  };
  const ours = (text: string) => {
    const result = parseAddress(text);
    return result.ok ? result.value.value : undefined;
  };

  test("for IPv6 in every form, well formed or with too many groups", () => {
    let accepted = 0;
    fc.assert(
      fc.property(ipv6Text, (text) => {
        const value = ours(text);
        if (text.length <= MAX_ADDRESS_TEXT) assert.equal(value, ipNum(text));
        if (value !== undefined) accepted++;
      }),
      { numRuns: 2000 },
    );
    assert.ok(accepted > 100, `only ${accepted} well formed`);
  });

  test("for IPv4", () => {
    fc.assert(
      fc.property(dotted, (text) => assert.equal(ours(text), ipNum(text))),
      { numRuns: 500 },
    );
  });

  test("and hostile text never gets past it", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const value = ours(text);
        if (value === undefined) return;
        assert.match(text, /^[0-9a-fA-F.:]+$/);
        assert.equal(value, ipNum(text));
      }),
      { numRuns: 3000 },
    );
  });
});

test("a number that is no address of the family is a mistake of the caller", () => {
  assert.throws(() => addressFromValue("ipv4", 1n << 32n), RangeError);
  assert.throws(() => addressFromValue("ipv4", -1n), RangeError);
  assert.throws(() => addressFromValue("ipv6", 1n << 128n), RangeError);
  assert.deepEqual(addressFromValue("ipv6", 1n << 32n), { family: "ipv6", value: 1n << 32n });
});
