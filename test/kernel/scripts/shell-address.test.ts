import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { addressFromValue, formatAddress, parseAddress } from "../../../src/net/address.ts";
import { READ_POD_IPS } from "../../../src/render/guarded/shell.ts";
import { addressValues, families } from "../../net/arbitraries.ts";
import { SHELLS } from "./shells.ts";

/** Prints for each line of the input what the scripts take it for. */
const JUDGE = [
  ...READ_POD_IPS.slice(0, READ_POD_IPS.indexOf("POD_IPV4= POD_IPV6=")),
  "while IFS= read -r line; do",
  '  if is_ipv4 "$line"; then echo ipv4; elif is_ipv6 "$line"; then echo ipv6; else echo no; fi',
  "done",
].join("\n");

const canonical = families.chain((family) =>
  addressValues(family).map((value) => formatAddress(addressFromValue(family, value))),
);
const nearMisses = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."0123456789abfF.:"), minLength: 1, maxLength: 45 }),
  fc
    .tuple(canonical, fc.nat(), fc.constantFrom(..."0123456789abfF.:", ""), fc.boolean())
    .map(([text, at, unit, replace]) => {
      const index = at % text.length;
      return text.slice(0, index) + unit + text.slice(replace ? index + 1 : index);
    }),
);

for (const [shell, { command, lacking }] of Object.entries(SHELLS)) {
  const judge = (texts: readonly string[]): readonly string[] => {
    const [program, ...args] = command;
    const input = texts.map((text) => `${text}\n`).join("");
    return spawnSync(program, [...args, "-c", JUDGE], { input, encoding: "utf8" })
      .stdout.trim()
      .split("\n");
  };

  test(`in ${shell}, scripts take every address as the cluster writes it`, { skip: lacking }, () => {
    // No pod has an address that IPv6 writes with the dots of IPv4.
    const texts = fc.sample(canonical, { numRuns: 2000, seed: 1 }).filter((text) => !/:.*\./.test(text));
    assert.deepEqual(
      judge(texts),
      texts.map((text) => (text.includes(":") ? "ipv6" : "ipv4")),
    );
  });

  test(`in ${shell}, scripts take nothing for an address that is none`, { skip: lacking }, () => {
    const texts = fc.sample(nearMisses, { numRuns: 4000, seed: 2 }).filter((text) => text !== "");
    const verdicts = judge(texts);
    texts.forEach((text, i) => {
      const address = parseAddress(text);
      const family = address.ok ? address.value.family : "no";
      assert.ok(verdicts[i] === family || verdicts[i] === "no", `${text}: ${verdicts[i]}, and is ${family}`);
    });
    assert.ok(verdicts.filter((verdict) => verdict !== "no").length > 100);
  });
}
