/**
 * A number of a YAML text that is not spelt as JSON spells numbers, and that readers of YAML 1.1 (kubectl) and 1.2 take for
 * different values: `0100` is 64 or 100. It stands in place of the number, so that no reading is chosen in silence where the
 * field matters, and nobody is bothered where it does not (`defaultMode: 0644`).
 */
export class AmbiguousNumber {
  /** The number as it is written. */
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}
