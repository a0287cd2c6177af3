import { originPath } from "../origin.ts";
import { checkRepeats } from "./check-repeats.ts";
import { type Finding, finding } from "./finding.ts";
import type { RawList } from "./lists.ts";
import { mergeBy } from "./merge.ts";
import type { IdEntry } from "./policy.ts";

/** Most users or groups of a list: each is a rule that every outbound connection is asked. */
export const MAX_IDS = 100;

/** Highest ID that a socket's owner can have: 4294967295 stands for "no change" (man chown(2)). */
const MAX_ID = 4_294_967_294;

/** The users or groups of a list, in its order, without repeats. */
export function readIds(list: RawList, noun: "User" | "Group", findings: Finding[]): readonly IdEntry[] {
  const entries = list.items.flatMap(({ text, origin }): readonly IdEntry[] => {
    const id = Number(text);
    if (Number.isInteger(id) && id >= 0 && id <= MAX_ID) return [{ id, origins: [origin] }];
    findings.push(
      finding("UNKNOWN_OPTION", {
        field: originPath(origin),
        value: text,
        message: `'${text}' ${list.place} is not a user or group ID, a whole number from 0 to ${MAX_ID}`,
        remedy: "Give the number that `id` prints.",
      }),
    );
    return [];
  });
  const merged = mergeBy(entries, ({ id }) => String(id));
  checkRepeats(merged, noun, findings);
  return merged;
}
