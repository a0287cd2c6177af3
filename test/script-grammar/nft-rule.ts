import * as words from "./words.ts";

/** A set of elements between braces, or one element. */
function oneOrSet(element: words.Word): words.Word {
  return (text) => {
    const inner = /^\{ (.*) \}$/s.exec(text)?.[1];
    return inner === undefined ? element(text) : words.listOf(element, ", ")(inner);
  };
}

/** The conditions of a rule by their beginnings. */
const CONDITIONS: readonly (readonly [RegExp, words.Word])[] = [
  [/^meta l4proto (?:!= )?(\S+) /, words.oneOf("tcp", "udp")],
  [/^ip6? [sd]addr (?:!= )?(\{ [^}]* \}|\S+) /, oneOrSet(words.addressOrRange)],
  [/^(?:tcp|udp) dport (?:!= )?(\{ [^}]* \}|\S+) /, oneOrSet(words.portOrRange("-"))],
  [/^[io]ifname (?:!= )?"([^"]*)" /, words.interfaceName("*")],
  [/^meta sk[ug]id (\S+) /, words.id],
];

const VERDICTS: readonly (readonly [RegExp, words.Word])[] = [
  [/^()(?:return|accept)$/, () => true],
  [/^(?:jump|goto) (\S+)$/, words.chain],
  [/^redirect to :(\S+)$/, words.port],
  [/^dnat to (\S+)$/, (word) => word === "$POD_IP" || words.endpoint(word)],
];

/** Why a text is not a rule inside a chain of nftables; undefined when it is. */
export function nftRuleFault(text: string): string | undefined {
  let rest = text.replace(/ comment "[A-Za-z0-9 ,.']+"$/, "");
  for (let found = first(CONDITIONS, rest); found !== undefined; found = first(CONDITIONS, rest)) {
    if (!found.fits) return `'${found.text}'`;
    rest = rest.slice(found.text.length);
  }
  return first(VERDICTS, rest)?.fits === true ? undefined : `'${rest}'`;
}

function first(
  forms: readonly (readonly [RegExp, words.Word])[],
  text: string,
): { readonly text: string; readonly fits: boolean } | undefined {
  for (const [form, allowed] of forms) {
    const found = form.exec(text);
    if (found !== null) return { text: found[0], fits: allowed(found[1] ?? "") };
  }
  return undefined;
}
