import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Cidr, cidrInterval, compareCidrs, coversCidr } from "../../src/net/cidr.ts";
import { losses, type Overlap, overlaps } from "../../src/net/cidr-overlap.ts";
import { addressSet, aggregate } from "../../src/net/cidr-set.ts";
import { intersect, subtract } from "../../src/net/interval-set.ts";
import { cidr, crowdedCidrs, scatteredCidrs } from "./arbitraries.ts";

const lists = fc.array(fc.oneof(crowdedCidrs("ipv4"), crowdedCidrs("ipv6"), scatteredCidrs), {
  maxLength: 30,
});
const neither: Overlap = { equalTo: undefined, inside: undefined };

function equal(a: Cidr, b: Cidr): boolean {
  return compareCidrs(a, b) === 0;
}

describe("overlaps in a list", () => {
  test("a repeat names the first of its equals, in any spelling", () => {
    const list = ["10.0.0.0/8", "2001:DB8::/32", "10.1.2.3/8", "2001:db8:0::/32", "10.0.0.0/8"];
    assert.deepEqual(overlaps(list.map(cidr)), [
      neither,
      neither,
      { equalTo: 0, inside: undefined },
      { equalTo: 1, inside: undefined },
      { equalTo: 0, inside: undefined },
    ]);
  });

  test("a nested range names the widest that holds it, before or after it", () => {
    const list = ["10.1.1.0/24", "10.1.0.0/16", "10.0.0.0/8", "10.1.1.0/24", "11.0.0.0/8"];
    assert.deepEqual(overlaps(list.map(cidr)), [
      { equalTo: undefined, inside: 2 },
      { equalTo: undefined, inside: 2 },
      neither,
      { equalTo: 0, inside: 2 },
      neither,
    ]);
  });

  test("a range of one family is not inside one of the other", () => {
    assert.deepEqual(overlaps(["0.0.0.0/0", "::/0", "::ffff:0:0/96"].map(cidr)), [
      neither,
      neither,
      { equalTo: undefined, inside: 1 },
    ]);
  });

  test("are those that comparing every pair finds", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const expected = list.map((entry, index): Overlap => {
          const first = list.findIndex((other) => equal(other, entry));
          const outer = list.filter((other) => coversCidr(other, entry) && !equal(other, entry));
          const widest = outer.toSorted((a, b) => a.prefix - b.prefix)[0];
          return {
            equalTo: first < index ? first : undefined,
            inside: widest === undefined ? undefined : list.findIndex((other) => equal(other, widest)),
          };
        });
        assert.deepEqual(overlaps(list), expected);
      }),
      { numRuns: 500 },
    );
  });

  test("can all be taken out of the list without losing an address", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const found = overlaps(list);
        const kept = list.filter((_, i) => found[i]?.equalTo === undefined && found[i]?.inside === undefined);
        assert.deepEqual(aggregate(kept), aggregate(list));
      }),
    );
  });
});

describe("what exclusions take from inclusions", () => {
  const excluded = aggregate(
    ["10.1.0.0/16", "10.3.0.0/16", "192.168.0.0/24", "192.168.1.0/24", "::1/128"].map(cidr),
  );

  test("is named by the place of the exclusions", () => {
    const included = [
      "10.0.0.0/8",
      "10.1.2.0/24",
      "10.2.0.0/16",
      "192.168.0.0/23",
      "::/0",
      "0.0.0.0/0",
      "10.3.0.0/16",
    ];
    assert.deepEqual(losses(included.map(cidr), excluded), [
      { whole: false, from: 0, to: 2 },
      { whole: true, from: 0, to: 1 },
      undefined,
      { whole: true, from: 2, to: 3 },
      { whole: false, from: 3, to: 4 },
      { whole: false, from: 0, to: 3 },
      { whole: true, from: 1, to: 2 },
    ]);
  });

  test("is what the interval algebra says", () => {
    fc.assert(
      fc.property(lists, lists, (included, list) => {
        const set = aggregate(list);
        const found = losses(included, set);
        for (const [i, entry] of included.entries()) {
          const own = [cidrInterval(entry)];
          const lost = intersect(own, addressSet(set, entry.family));
          const loss = found[i];
          assert.equal(loss === undefined, lost.length === 0);
          if (loss === undefined) continue;
          const named = set.slice(loss.from, loss.to);
          assert.deepEqual(intersect(own, addressSet(named, entry.family)), lost);
          assert.ok(named.every((other) => coversCidr(entry, other) || coversCidr(other, entry)));
          assert.equal(loss.whole, subtract(own, lost).length === 0);
          if (loss.whole) assert.equal(named.length, 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is nothing without exclusions", () => {
    assert.deepEqual(losses([cidr("0.0.0.0/0")], aggregate([])), [undefined]);
  });
});
