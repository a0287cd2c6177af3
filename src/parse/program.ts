import type { IpFamily } from "../net/address.ts";
import type { Word } from "./word.ts";

/** A program of iptables, by its name. */
export interface Program {
  readonly family: IpFamily;
  /** The back end that the name asks for; undefined where the machine decides. */
  readonly backEnd: "legacy" | "nft" | undefined;
  /** Whether it reads a restore document. */
  readonly restore: boolean;
}

const NAME = /^(?:\/(?:[\w.-]+\/)*)?(ip6?tables)(?:-(legacy|nft))?(-restore)?$/;

/** The program that a command calls by its name, alone or with its path; undefined when it is none of iptables. */
export function readProgram({ text, variable }: Word): Program | undefined {
  const match = variable ? null : NAME.exec(text);
  if (match === null) return undefined;
  const [, program, backEnd, restore] = match;
  return {
    family: program === "iptables" ? "ipv4" : "ipv6",
    backEnd: backEnd === "legacy" || backEnd === "nft" ? backEnd : undefined,
    restore: restore !== undefined,
  };
}
