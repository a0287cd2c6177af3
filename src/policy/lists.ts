import type { InputOrigin } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { Optional } from "./inputs.ts";
import { quote, quoteKey } from "./quote.ts";

/** Most items of one list. A plan is made in the path of a pod's creation, and the kernel asks rules one by one. */
export const MAX_LIST_ITEMS = 100_000;

/** An item of a list as given, before it is read as a port, a range or a name. */
export interface RawItem {
  /** The item, without the white space around an annotation's item. */
  readonly text: string;
  readonly origin: InputOrigin;
}

/** Which list of the inputs: its path, its items, and how messages name it. */
export interface RawList {
  /** Path of the list in the names of the JSON form. */
  readonly field: string;
  /** `specified for annotation '<key>'`, or `in <path>`: the words that OSM's users know. */
  readonly place: string;
  readonly items: readonly RawItem[];
}

/** The items of a list of the mesh config, and what is wrong with the list as a whole. */
export function meshList(
  name: string,
  values: Optional<readonly (string | number)[]>,
  findings: Finding[],
  limit?: number,
): RawList {
  return givenList("mesh-config", `meshConfig.spec.traffic.${name}`, values, findings, limit);
}

/** The items of a list of the request's options, and what is wrong with the list as a whole. */
export function optionList(
  name: string,
  values: Optional<readonly (string | number)[]>,
  findings: Finding[],
  limit?: number,
): RawList {
  return givenList("option", `options.${name}`, values, findings, limit);
}

function givenList(
  kind: InputOrigin["kind"],
  field: string,
  values: Optional<readonly (string | number)[]>,
  findings: Finding[],
  limit: number = MAX_LIST_ITEMS,
): RawList {
  const list = { field, place: `in ${field}`, items: [] };
  if (!values || isOverLimit(field, values.length, limit, findings)) return list;
  const items = values.map((value, index): RawItem => {
    const text = String(value);
    return { text, origin: { kind, field, index, value: text } };
  });
  return { ...list, items };
}

/**
 * The items of a comma-separated annotation, trimmed of white space, and what is wrong with the list as a whole. An
 * absent annotation is an empty list; one that is there but holds an empty item is an error.
 */
export function annotationList(
  key: string,
  noun: "port value" | "IP range",
  annotations: Optional<Readonly<Record<string, string>>>,
  findings: Finding[],
): RawList {
  const field = annotationPath(key);
  const list = { field, place: `specified for annotation '${key}'`, items: [] };
  if (!annotations || !Object.hasOwn(annotations, key)) return list;
  // JSON's `null` as a value of a map of texts is the empty one to Kubernetes.
  const value = annotations[key] ?? "";
  const parts = value.split(",");
  if (isOverLimit(field, parts.length, MAX_LIST_ITEMS, findings)) return list;

  const items: RawItem[] = [];
  parts.forEach((part, index) => {
    const text = trimmed(part);
    if (text === "") findings.push(emptyItem(list.place, `${field}[${index}]`, noun, value));
    else items.push({ text, origin: { kind: "pod-annotation", field, index, value: text } });
  });
  return { ...list, items };
}

/** The path of an annotation in the names of the JSON form. */
export function annotationPath(key: string): string {
  return `pod.metadata.annotations[${quoteKey(key)}]`;
}

const WHITE_SPACE = /\p{White_Space}/u;

/**
 * Without the white space around it, as Go's `strings.TrimSpace`, by which OSM reads annotations, has it: a byte order
 * mark is none, which `trim` takes for one. Written out, since a pattern for the end takes quadratic time on long runs.
 */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text.charAt(start))) start++;
  while (start < end && WHITE_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** A list has more items than it may. */
export function tooManyItems(field: string, count: number, limit: number): Finding {
  return finding("TOO_MANY_ITEMS", {
    field,
    value: String(count),
    message: `The list has ${count} items; it may have ${limit}`,
    remedy: "Give fewer items: wider ranges, or what the items have in common.",
  });
}

function isOverLimit(field: string, count: number, limit: number, findings: Finding[]): boolean {
  if (count <= limit) return false;
  findings.push(tooManyItems(field, count, limit));
  return true;
}

function emptyItem(place: string, field: string, noun: string, whole: string): Finding {
  return finding("EMPTY_ITEM", {
    field,
    value: quote(whole),
    message: `Invalid ${noun} '' ${place}: an item of the list '${quote(whole)}' is empty`,
    remedy: "Take the extra comma out; to exclude nothing, remove the annotation.",
  });
}
