import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { ADDRESS_BITS, addressFromValue } from "../../src/net/address.ts";
import {
  type Cidr,
  cidrInterval,
  cidrOf,
  compareCidrs,
  coversCidr,
  formatCidr,
  MAX_CIDR_TEXT,
  parseCidr,
} from "../../src/net/cidr.ts";
import { addressValues, cidr, crowdedCidrs, families, hostileText, scatteredCidrs } from "./arbitraries.ts";

describe("a range", () => {
  for (const [text, expected, hostBitsSet] of [
    ["1.1.1.1/32", "1.1.1.1/32", false],
    ["2.2.2.2/24", "2.2.2.0/24", true],
    ["2.2.2.0/24", "2.2.2.0/24", false],
    ["0.0.0.0/0", "0.0.0.0/0", false],
    ["255.255.255.255/0", "0.0.0.0/0", true],
    ["255.255.255.255/1", "128.0.0.0/1", true],
    ["2001:DB8::1/64", "2001:db8::/64", true],
    ["2001:db8:0:0::/64", "2001:db8::/64", false],
    ["::/0", "::/0", false],
    ["::1/128", "::1/128", false],
    ["::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128", false],
    ["::1:0/112", "::0.1.0.0/112", false],
    [
      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
      false,
    ],
  ] as const) {
    test(`${text} is ${expected}${hostBitsSet ? ", and has host bits set" : ""}`, () => {
      const result = parseCidr(text);
      assert.ok(result.ok);
      assert.equal(formatCidr(result.value.cidr), expected);
      assert.equal(result.value.hostBitsSet, hostBitsSet);
    });
  }

  test("is read back as printed, with no host bits", () => {
    fc.assert(
      fc.property(scatteredCidrs, (range) => {
        assert.deepEqual(parseCidr(formatCidr(range)), {
          ok: true,
          value: { cidr: range, hostBitsSet: false },
        });
      }),
      { numRuns: 1000 },
    );
  });

  test("holds the addresses that ip-num says it holds", () => {
    fc.assert(
      fc.property(scatteredCidrs, (range) => {
        const { family, address } = range;
        const prefix = BigInt(range.prefix);
        const theirs =
          family === "ipv4"
            ? new IPv4CidrRange(new IPv4(address), new IPv4Prefix(prefix))
            : new IPv6CidrRange(new IPv6(address), new IPv6Prefix(prefix));
        const { start, end } = cidrInterval(range);
        assert.equal(start, theirs.getFirst().getValue());
        assert.equal(end - 1n, theirs.getLast().getValue());
      }),
    );
  });
});

describe("a text that is no range is refused", () => {
  for (const [text, error] of [
    ["", { kind: "empty" }],
    ["10.0.0.1", { kind: "missing-prefix", family: "ipv4", prefix: 32 }],
    ["::1", { kind: "missing-prefix", family: "ipv6", prefix: 128 }],
    ["10.0.0.0/33", { kind: "bad-prefix", prefix: "33", limit: 32 }],
    ["10.0.0.0/128", { kind: "bad-prefix", prefix: "128", limit: 32 }],
    ["::/129", { kind: "bad-prefix", prefix: "129", limit: 128 }],
    ["::/999", { kind: "bad-prefix", prefix: "999", limit: 128 }],
    ["010.0.0.1/32", { kind: "ambiguous-octet", octet: "010", readAs: "8.0.0.1" }],
    ["256.0.0.0/8", { kind: "octet-too-large", octet: "256", limit: 255 }],
    ["fe80::1%eth0/64", { kind: "zone-id", zone: "eth0" }],
    ["/8", { kind: "bad-address", text: "" }],
    ["/", { kind: "bad-address", text: "" }],
    ["10/8", { kind: "bad-address", text: "10" }],
    ["10.0/16", { kind: "bad-address", text: "10.0" }],
    [" 10.0.0.0/8", { kind: "bad-address", text: " 10.0.0.0" }],
    ["10.0.0.0 /8", { kind: "bad-address", text: "10.0.0.0 " }],
    ["$(reboot)/8", { kind: "bad-address", text: "$(reboot)" }],
    ["pod.local/32", { kind: "bad-address", text: "pod.local" }],
  ] as const) {
    test(`${JSON.stringify(text)}: ${error.kind}`, () =>
      assert.deepEqual(parseCidr(text), { ok: false, error }));
  }

  for (const prefix of [
    ...[
      "",
      "-1",
      "+8",
      "08",
      "010",
      "00",
      "8.0",
      "0x8",
      "8e0",
      " 8",
      "8 ",
      "8\n",
      "8\0",
      "8/8",
      "/8",
      "8%eth0",
    ],
    ...["255.0.0.0", "\uff18", "\u0668", "\u00b2", "4294967304", "8;id", "$(id)"],
  ]) {
    test(`prefix ${JSON.stringify(prefix)}`, () => {
      const expected = { ok: false, error: { kind: "bad-prefix", prefix, limit: 32 } };
      assert.deepEqual(parseCidr(`10.0.0.0/${prefix}`), expected);
    });
  }

  test("a long one is refused unread, with both lengths", () => {
    const text = `10.0.0.0/${"0".repeat(5_000_000)}8`;
    const error = { kind: "too-long", length: text.length, limit: MAX_CIDR_TEXT };
    assert.deepEqual(parseCidr(text), { ok: false, error });
  });

  test("hostile text never becomes a range that was not written plainly", () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom("", "/8", "/0", "/64"), (text, suffix) => {
        const result = parseCidr(text + suffix);
        if (result.ok) assert.match(text + suffix, /^[0-9a-fA-F.:]+\/(0|[1-9][0-9]{0,2})$/);
      }),
      { numRuns: 3000 },
    );
  });

  test("one change to a good range is refused or means what it says", () => {
    const change = fc.tuple(fc.nat({ max: 60 }), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(scatteredCidrs, change, (range, [at, character]) => {
        const text = formatCidr(range);
        const position = at % (text.length + 1);
        const result = parseCidr(text.slice(0, position) + character + text.slice(position));
        if (result.ok) assert.match(character, /^[0-9a-fA-F.:]$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a range around an address", () => {
  test("is that address alone by default", () => {
    assert.deepEqual(cidrOf(addressFromValue("ipv4", 0x0a000001n)), cidr("10.0.0.1/32"));
    assert.deepEqual(cidrOf(addressFromValue("ipv6", 1n)), cidr("::1/128"));
  });

  test("has its host bits cleared", () => {
    fc.assert(
      fc.property(
        families.chain((family) =>
          fc.tuple(
            fc.constant(family),
            addressValues(family),
            fc.integer({ min: 0, max: ADDRESS_BITS[family] }),
          ),
        ),
        ([family, value, prefix]) => {
          const { start, end } = cidrInterval(cidrOf(addressFromValue(family, value), prefix));
          assert.ok(start <= value && value < end);
          assert.equal(start % (end - start), 0n);
        },
      ),
    );
  });

  test("needs a prefix that the family has", () => {
    const address = addressFromValue("ipv4", 0n);
    for (const prefix of [-1, 33, 1.5, Number.NaN]) assert.throws(() => cidrOf(address, prefix), RangeError);
  });
});

describe("one range covers another", () => {
  const anyTwo = fc.oneof(
    fc.tuple(crowdedCidrs("ipv4"), crowdedCidrs("ipv4")),
    fc.tuple(crowdedCidrs("ipv6"), crowdedCidrs("ipv6")),
    fc.tuple(scatteredCidrs, scatteredCidrs),
  );

  test("when its interval does, in the same family", () => {
    fc.assert(
      fc.property(anyTwo, ([a, b]) => {
        const [outer, inner] = [cidrInterval(a), cidrInterval(b)];
        const expected = a.family === b.family && outer.start <= inner.start && inner.end <= outer.end;
        assert.equal(coversCidr(a, b), expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("and then comes before it in order", () => {
    fc.assert(
      fc.property(anyTwo, ([a, b]) => {
        if (coversCidr(a, b)) assert.ok(compareCidrs(a, b) <= 0);
        assert.equal(Math.sign(compareCidrs(a, b)), -Math.sign(compareCidrs(b, a)) + 0);
        assert.equal(compareCidrs(a, b) === 0, formatCidr(a) === formatCidr(b));
      }),
      { numRuns: 1000 },
    );
  });

  test("::/0 does not cover an IPv4 range", () => {
    const everything: Cidr = cidr("::/0");
    assert.ok(!coversCidr(everything, cidr("10.0.0.0/8")));
    assert.ok(coversCidr(everything, cidr("::ffff:10.0.0.0/104")));
  });
});
