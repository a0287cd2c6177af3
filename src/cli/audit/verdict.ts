/** What an audit says of a pod. */
export type Verdict =
  /** No init container of the mesh: the pod is not in it. */
  | { readonly kind: "outside" }
  /** It runs what the mesh config asks today, to the letter. */
  | { readonly kind: "current" }
  /** Other rules, under which every packet fares the same. */
  | { readonly kind: "equivalent" }
  /** Other rules, under which some packets fare differently. */
  | { readonly kind: "different"; readonly change: FateChange }
  /** Other rules, of which cannot be said what they do. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** The mesh config asks nothing of it that could be run: the pod would be refused today. */
  | { readonly kind: "refused"; readonly reason: string };

/** How packets fare differently, by the example of one. */
export interface FateChange {
  /** How many kinds of packets fare differently. */
  readonly kinds: bigint;
  /** A packet of the largest kind, in words that `explain` takes. */
  readonly packet: string;
  /** What becomes of it under the rules that the pod runs. */
  readonly running: string;
  /** What would become of it under those that the mesh config asks. */
  readonly wanted: string;
}

/** Whether a pod must be restarted for its packets to fare as the mesh config asks. What is unknown may be different. */
export function needsRestart({ kind }: Verdict): boolean {
  switch (kind) {
    case "different":
    case "unknown":
      return true;
    case "outside":
    case "current":
    case "equivalent":
    case "refused":
      return false;
  }
}
