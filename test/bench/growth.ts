/**
 * How the time of a plan grows with the lists that callers and tenants write, of the shapes that are made to be slow.
 * `node test/bench/growth.ts [FILE]`: prints the processor's time for a tenth of the longest list and for the longest one,
 * which linear work takes ten times and quadratic work a hundred times; and writes the figures as JSON to the file.
 */
import { planPod } from "../../src/plan.ts";
import type { PlanInput, TrafficSpec } from "../../src/policy/inputs.ts";
import { MAX_LIST_ITEMS } from "../../src/policy/lists.ts";
import { MAX_INTERFACES } from "../../src/policy/read-interfaces.ts";
import { median, printTable, writeFigures } from "./table.ts";

/** A shape of input, of any length. */
interface Shape {
  readonly what: string;
  /** The most items that are taken, or that fit a script. */
  readonly longest: number;
  readonly input: (length: number) => PlanInput;
}

const ROUNDS = 5;

/** Characters of an image's name. */
const IMAGE_CHARACTERS = 512;

/** Characters of all annotations of a Kubernetes object together. */
const ANNOTATION_CHARACTERS = 262_144;

const SHAPES: readonly Shape[] = [
  ports("one port again and again", () => "80"),
  ports("ports that do not touch", (index) => `${1 + 2 * (index % 32_000)}`),
  ports("port ranges that overlap", (index) => `${1 + (index % 60_000)}-${5_000 + (index % 60_000)}`),
  ports("ports that are none", () => "0"),
  excluded("one range again and again", () => "10.0.0.0/8"),
  excluded("ranges that do not touch", (index) => address(2 * index, 24)),
  excluded("ranges inside one another", (index) => address(index, 8 + (index % 25))),
  excluded("ranges that are none", () => "x"),
  traffic("ranges that everything includes", MAX_LIST_ITEMS, (length) => ({
    outboundIpRangeExclusionList: many(length, (index) => address(index, 32)),
    outboundIpRangeInclusionList: many(length, (index) => address(index, 0)),
  })),
  traffic("ranges that are included and excluded", 20_000, (length) => ({
    outboundIpRangeExclusionList: many(length, (index) => address(2 * index, 24)),
    outboundIpRangeInclusionList: many(length, (index) => address(2 * index, 24)),
  })),
  traffic("interfaces that hold no other", MAX_INTERFACES, (length) => ({
    networkInterfaceExclusionList: many(length, (index) => `n${index}+`),
  })),
  annotation("commas", (length) => ",".repeat(length)),
  annotation("white space between letters", (length) => `a${" ".repeat(length - 2)}a`),
  annotation("wide white space", (length) => "\u3000".repeat(length)),
  annotation("one very long number", (length) => "1".repeat(length)),
  ...["a", "a-", "a__", "a/", "A.", "a:", "a@", "[a"].map(image),
];

function ports(what: string, port: (index: number) => string): Shape {
  return {
    what,
    longest: MAX_LIST_ITEMS,
    input: (length) => ({
      options: { inboundPortInclusions: many(length, port), inboundPortExclusions: many(length, port) },
    }),
  };
}

function excluded(what: string, range: (index: number) => string): Shape {
  return traffic(what, MAX_LIST_ITEMS, (length) => ({ outboundIpRangeExclusionList: many(length, range) }));
}

function traffic(what: string, longest: number, spec: (length: number) => TrafficSpec): Shape {
  return { what, longest, input: (length) => ({ meshConfig: { spec: { traffic: spec(length) } } }) };
}

function annotation(what: string, value: (length: number) => string): Shape {
  const name = "openservicemesh.io/outbound-port-exclusion-list";
  return {
    what: `an annotation of ${what}`,
    longest: ANNOTATION_CHARACTERS,
    input: (length) => ({ pod: { metadata: { annotations: { [name]: value(length) } } } }),
  };
}

/** An image of a part again and again, and an end that fits none. */
function image(part: string): Shape {
  return {
    what: `an image of ${part}`,
    longest: IMAGE_CHARACTERS,
    input: (length) => ({
      options: { initContainerImage: `${part.repeat(length).slice(0, length - 1)}!` },
    }),
  };
}

function many<T>(length: number, item: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => item(index));
}

/** An address for each index, with bits behind its prefix. */
function address(index: number, prefix: number): string {
  return `${(index >> 16) + 10}.${(index >> 8) & 255}.${index & 255}.1/${prefix}`;
}

/** Milliseconds of the processor, which other programs of the machine do not share. */
function time({ input }: Shape, length: number): number {
  const made = input(length);
  const rounds = many(ROUNDS, () => {
    const before = process.cpuUsage();
    planPod({ ...made, options: { ...made.options, dialect: "hardened" } });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return median(rounds);
}

function duration(milliseconds: number): string {
  return milliseconds < 1 ? `${(milliseconds * 1000).toFixed(0)} µs` : `${milliseconds.toFixed(1)} ms`;
}

// The first plans are slow, whatever they are of.
for (const shape of SHAPES) time(shape, 100);
const rows = SHAPES.map((shape) => {
  const tenth = time(shape, shape.longest / 10);
  const longest = time(shape, shape.longest);
  return { what: shape.what, length: shape.longest, tenth, longest, growth: longest / tenth };
});
printTable([
  ["input", "longest", "a tenth", "the longest", "growth"],
  ...rows.map(({ what, length, tenth, longest, growth }) => [
    what,
    `${length}`,
    duration(tenth),
    duration(longest),
    `${growth.toFixed(1)}x`,
  ]),
]);
writeFigures(process.argv[2], { name: "growth", unit: "milliseconds of processor time", rows });
