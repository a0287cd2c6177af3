import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { excludeCidr, mergeCidr } from "cidr-tools";
import fc from "fast-check";
import { ADDRESS_BITS, type IpFamily } from "../../src/net/address.ts";
import { type Cidr, cidrInterval, compareCidrs, formatCidr } from "../../src/net/cidr.ts";
import { addressSet, aggregate, cidrsOf } from "../../src/net/cidr-set.ts";
import { equals, subtract } from "../../src/net/interval-set.ts";
import { cidr, crowdedCidrs, families, scatteredCidrs } from "./arbitraries.ts";

const crowd = families.chain((family) => fc.array(crowdedCidrs(family), { maxLength: 40 }));
const mixture = fc.array(fc.oneof(crowdedCidrs("ipv4"), crowdedCidrs("ipv6"), scatteredCidrs), {
  maxLength: 40,
});

/** What another library gives, in our spelling and order. */
function canonical(texts: readonly string[]): readonly string[] {
  return texts.map(cidr).sort(compareCidrs).map(formatCidr);
}

function printed(cidrs: readonly Cidr[]): readonly string[] {
  return cidrs.map(formatCidr);
}

describe("aggregating ranges", () => {
  test("drops repeats and what is covered, and joins halves all the way up", () => {
    const list = ["10.0.1.0/24", "10.0.0.0/25", "10.0.0.128/25", "10.0.0.7/32", "10.0.1.0/24", "10.0.2.0/24"];
    assert.deepEqual(printed(aggregate(list.map(cidr))), ["10.0.0.0/23", "10.0.2.0/24"]);
  });

  test("keeps the families apart, IPv4 first", () => {
    const list = ["::/1", "128.0.0.0/1", "8000::/1", "0.0.0.0/1"];
    assert.deepEqual(printed(aggregate(list.map(cidr))), ["0.0.0.0/0", "::/0"]);
  });

  test("never joins ranges of two families whose numbers would make one", () => {
    const list = ["128.0.0.0/1", "::/1"];
    assert.deepEqual(printed(aggregate(list.map(cidr))), list);
  });

  test("of nothing is nothing", () => assert.deepEqual(aggregate([]), []));

  test("agrees with cidr-tools", () => {
    fc.assert(
      fc.property(fc.oneof(crowd, mixture), (list) => {
        assert.deepEqual(printed(aggregate(list)), canonical(mergeCidr([...printed(list)])));
      }),
      { numRuns: 500 },
    );
  });

  test("agrees with the interval algebra", () => {
    fc.assert(
      fc.property(mixture, (list) => {
        const byInterval = (["ipv4", "ipv6"] as const).flatMap((family) => [
          ...cidrsOf(addressSet(list, family), family),
        ]);
        assert.deepEqual(aggregate(list), byInterval);
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same for any order, and nothing new the second time", () => {
    fc.assert(
      fc.property(mixture, (list) => {
        const once = aggregate(list);
        assert.deepEqual(aggregate(list.toReversed()), once);
        assert.deepEqual(aggregate(once), once);
      }),
    );
  });

  test("takes a hundred thousand ranges", () => {
    const list = Array.from({ length: 100_000 }, (_, i) =>
      cidr(`10.${(i >> 8) & 255}.${i & 255}.0/${24 + (i >> 16)}`),
    );
    assert.deepEqual(printed(aggregate(list)), ["10.0.0.0/8"]);
  });
});

describe("ranges of an interval set", () => {
  test("hold exactly its addresses in the fewest ranges: none is half of a range that would do", () => {
    const bound = (family: IpFamily) => fc.bigInt({ min: 0n, max: 1n << BigInt(ADDRESS_BITS[family]) });
    fc.assert(
      fc.property(
        families.chain((family) => fc.tuple(fc.constant(family), bound(family), bound(family))),
        ([family, a, b]) => {
          const set = a === b ? [] : [{ start: a < b ? a : b, end: a < b ? b : a }];
          const cidrs = cidrsOf(set, family);
          assert.ok(equals(addressSet(cidrs, family), set));
          assert.deepEqual(cidrs, aggregate(cidrs));
          for (const { start, end } of cidrs.map(cidrInterval)) assert.equal(start % (end - start), 0n);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("span everything and its last address", () => {
    assert.deepEqual(printed(cidrsOf([{ start: 0n, end: 1n << 128n }], "ipv6")), ["::/0"]);
    assert.deepEqual(printed(cidrsOf([{ start: 0xffffffffn, end: 1n << 32n }], "ipv4")), [
      "255.255.255.255/32",
    ]);
    assert.equal(cidrsOf([{ start: 1n, end: (1n << 32n) - 1n }], "ipv4").length, 62);
  });

  test("of numbers that are no addresses are a mistake of the caller", () => {
    assert.throws(() => cidrsOf([{ start: 0n, end: (1n << 32n) + 1n }], "ipv4"), RangeError);
    assert.throws(() => cidrsOf([{ start: -1n, end: 1n }], "ipv6"), RangeError);
  });

  test("after a subtraction agree with cidr-tools", () => {
    const twoLists = families.chain((family) =>
      fc.tuple(
        fc.constant(family),
        fc.array(crowdedCidrs(family), { minLength: 1, maxLength: 20 }),
        fc.array(crowdedCidrs(family), { minLength: 1, maxLength: 20 }),
      ),
    );
    fc.assert(
      fc.property(twoLists, ([family, base, taken]) => {
        const rest = subtract(addressSet(base, family), addressSet(taken, family));
        const theirs = excludeCidr([...printed(base)], [...printed(taken)]);
        assert.deepEqual(printed(cidrsOf(rest, family)), canonical(theirs));
      }),
      { numRuns: 500 },
    );
  });
});
