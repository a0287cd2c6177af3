import type { IpFamily } from "../net/address.ts";
import { type Place, refuse } from "./parse-error.ts";

/**
 * The family of the rules that are being read. The text of a restore document does not tell it: the program that reads
 * it does. So it is what the caller or the text says, else that of the first address.
 */
export class FamilyGuard {
  #family: IpFamily | undefined;

  constructor(family?: IpFamily) {
    this.#family = family;
  }

  /** The family, when anything has told it so far. */
  get known(): IpFamily | undefined {
    return this.#family;
  }

  /** Notes an address of that family at that place. */
  meets(family: IpFamily, place: Place, text: string): void {
    this.#family ??= family;
    if (this.#family !== family) {
      refuse(place, text, `an address of the family of the other rules, which is ${label(this.#family)}`);
    }
  }
}

function label(family: IpFamily): string {
  return family === "ipv4" ? "IPv4" : "IPv6";
}
