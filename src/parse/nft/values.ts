import {
  ADDRESS_BITS,
  addressFromValue,
  formatAddress,
  type IpFamily,
  parseAddress,
} from "../../net/address.ts";
import { cidrInterval, cidrOf, formatCidr } from "../../net/cidr.ts";
import { type CidrSet, cidrsOf } from "../../net/cidr-set.ts";
import { type Interval, type IntervalSet, intervalSet } from "../../net/interval-set.ts";
import type { IdRange } from "../../ruleset/rule.ts";
import { numberOf, objectOf, textOf } from "./json.ts";

/** The addresses of a set. */
export interface AddressValues {
  readonly ranges: CidrSet;
  /** How nft would print them, the first few. */
  readonly text: string;
}

/**
 * Reads the values that conditions compare with, named sets among them. A named set is read once, however many rules
 * use it.
 */
export class ValueReader {
  readonly #named: ReadonlyMap<string, readonly unknown[]>;
  readonly #addresses = new Map<
    IpFamily,
    WeakMap<readonly unknown[], { values: AddressValues | undefined }>
  >();
  readonly #spans = new WeakMap<
    readonly unknown[],
    { limit: number; spans: readonly IdRange[] | undefined }
  >();

  /** Reads values beside these sets, whose elements are as nft prints them. */
  constructor(named: ReadonlyMap<string, readonly unknown[]>) {
    this.#named = named;
  }

  /** The elements that the right side of a comparison stands for: those of a set, or itself alone. */
  elements(right: unknown): readonly unknown[] | undefined {
    const name = textOf(right);
    if (name?.startsWith("@")) return this.#named.get(name.slice(1));
    const inner = objectOf(right)?.["set"];
    if (inner !== undefined) return Array.isArray(inner) ? inner : [inner];
    return Array.isArray(right) ? right : [right];
  }

  /** The addresses of a family; undefined when an element is of another family or of another kind. */
  addresses(elements: readonly unknown[], family: IpFamily): AddressValues | undefined {
    const kept = this.#addresses.get(family) ?? new WeakMap();
    this.#addresses.set(family, kept);
    const known = kept.get(elements) ?? { values: readAddresses(elements, family) };
    kept.set(elements, known);
    return known.values;
  }

  /** Whole numbers up to `limit` as ranges apart from each other; undefined when an element is no such number or range. */
  spans(elements: readonly unknown[], limit: number): readonly IdRange[] | undefined {
    const kept = this.#spans.get(elements);
    if (kept?.limit === limit) return kept.spans;
    const held = collect(elements, (element) =>
      spanOf(
        element,
        (value) => numberOf(value, limit),
        (value) => value + 1,
      ),
    );
    const spans = held?.map(({ start, end }) => ({ first: start, last: end - 1 }));
    this.#spans.set(elements, { limit, spans });
    return spans;
  }
}

/** The texts; undefined when an element is none. */
export function textsOf(elements: readonly unknown[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const element of elements) {
    const text = textOf(plainElement(element));
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function readAddresses(elements: readonly unknown[], family: IpFamily): AddressValues | undefined {
  const held = collect(elements, (element) => addressInterval(element, family));
  return held && { ranges: cidrsOf(held, family), text: setText(held, family) };
}

function collect<T extends number | bigint>(
  elements: readonly unknown[],
  intervalOf: (element: unknown) => Interval<T> | undefined,
): IntervalSet<T> | undefined {
  const intervals: Interval<T>[] = [];
  for (const element of elements) {
    const interval = intervalOf(plainElement(element));
    if (interval === undefined) return undefined;
    intervals.push(interval);
  }
  return intervalSet(intervals);
}

/** An element of a set may stand with its timeout, counter or comment: `{"elem": {"val": …}}`. */
function plainElement(element: unknown): unknown {
  const wrapped = objectOf(objectOf(element)?.["elem"]);
  return wrapped === undefined ? element : wrapped["val"];
}

function addressInterval(element: unknown, family: IpFamily): Interval<bigint> | undefined {
  const read = (value: unknown): bigint | undefined => {
    const address = parseAddress(textOf(value) ?? "");
    return address.ok && address.value.family === family ? address.value.value : undefined;
  };
  const prefix = objectOf(objectOf(element)?.["prefix"]);
  if (prefix === undefined) return spanOf(element, read, (value) => value + 1n);
  const value = read(prefix["addr"]);
  const length = numberOf(prefix["len"], ADDRESS_BITS[family]);
  if (value === undefined || length === undefined) return undefined;
  return cidrInterval(cidrOf({ family, value }, length));
}

/** One value, or `{"range": [first, last]}`. */
function spanOf<T extends number | bigint>(
  element: unknown,
  read: (value: unknown) => T | undefined,
  next: (value: T) => T,
): Interval<T> | undefined {
  const range: unknown = objectOf(element)?.["range"];
  const [first, last]: readonly unknown[] = Array.isArray(range) ? range : [element, element];
  const low = read(first);
  const high = read(last);
  return low === undefined || high === undefined ? undefined : { start: low, end: next(high) };
}

/** Elements of a set that its text names before it only counts them. */
const NAMED_ELEMENTS = 8;

function setText(held: IntervalSet<bigint>, family: IpFamily): string {
  const text = (value: bigint) => formatAddress(addressFromValue(family, value));
  const elements = held.slice(0, NAMED_ELEMENTS).map((interval) => {
    const [only, other] = cidrsOf([interval], family);
    if (only === undefined || other !== undefined)
      return `${text(interval.start)}-${text(interval.end - 1n)}`;
    return only.prefix === ADDRESS_BITS[family] ? text(interval.start) : formatCidr(only);
  });
  const rest = held.length - elements.length;
  return `{ ${[...elements, ...(rest > 0 ? [`… ${rest} more`] : [])].join(", ")} }`;
}
