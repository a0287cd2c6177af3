import { isIP } from "node:net";

/** Whether a word is what its place in a rule allows. */
export type Word = (word: string) => boolean;

/** A chain that a dialect makes, a part of one that nftables needs, or the built-in one that it hangs on. */
export const chain: Word = (word) =>
  /^(?:PREROUTING|OUTPUT|(?:OSM_|FSM_)?PROXY_(?:INBOUND|IN_REDIRECT|OUT(?:PUT|BOUND)|(?:OUT_)?REDIRECT)(?:_[2-9])?)$/.test(
    word,
  );

/** A whole number without sign and leading zero, up to a limit. */
export function numberUpTo(limit: number): Word {
  return (word) => /^(?:0|[1-9][0-9]{0,9})$/.test(word) && Number(word) <= limit;
}

/** A port, 1 to 65535. */
export const port: Word = (word) => word !== "0" && numberUpTo(65535)(word);

/** A port, or two with a separator between them. */
export function portOrRange(separator: string): Word {
  return (word) => {
    const ends = word.split(separator);
    return ends.length <= 2 && ends.every(port);
  };
}

/** An address without a zone. */
export const address: Word = (word) => /^[0-9A-Fa-f.:]+$/.test(word) && isIP(word) !== 0;

/** An address with a prefix length. */
export const range: Word = (word) => {
  const [base, prefix, ...rest] = word.split("/");
  if (base === undefined || prefix === undefined || rest.length > 0 || !address(base)) return false;
  return numberUpTo(isIP(base) === 4 ? 32 : 128)(prefix);
};

/** An address, alone or with a prefix length. */
export const addressOrRange: Word = (word) => address(word) || range(word);

/** An address with a port behind it, or alone. */
export const endpoint: Word = (word) => {
  const parts = /^(?:\[([^\]]+)\]|([0-9.]+))(?::(.+))?$/.exec(word);
  if (parts === null) return address(word);
  return address(parts[1] ?? parts[2] ?? "") && (parts[3] === undefined || port(parts[3]));
};

/** A user or a group. */
export const id: Word = numberUpTo(4_294_967_294);

/** An interface, with the wildcard of a tool at its end. */
export function interfaceName(wildcard: string): Word {
  return (word) => {
    const name = word.endsWith(wildcard) ? word.slice(0, -1) : word;
    return word.length <= 15 && /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(name);
  };
}

/** Words of a list with a separator between them, none left out. */
export function listOf(word: Word, separator: string): Word {
  return (words) => words.split(separator).every(word);
}

/** One of some words. */
export function oneOf(...words: readonly string[]): Word {
  return (word) => words.includes(word);
}
