import { formatAddress, parseAddress } from "../net/address.ts";
import type { DnatAddress, Target } from "../ruleset/rule.ts";
import { extensionTarget } from "./extension-targets.ts";
import type { FamilyGuard } from "./family.ts";
import { readNumber } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import { podIpVariable } from "./pod-ip-variable.ts";
import type { Word } from "./word.ts";

/** The target that stands after `-j`, with its options. What is no target of iptables is a chain. */
export function readTarget(name: Word, options: readonly Word[], family: FamilyGuard): Target {
  const text = [name, ...options].map(({ verbatim }) => verbatim).join(" ");
  switch (name.text) {
    case "ACCEPT":
      return plain(options, { kind: "accept" });
    case "DROP":
      return plain(options, { kind: "drop" });
    case "RETURN":
      return plain(options, { kind: "return" });
  }
  const modelled =
    name.text === "REDIRECT" ? redirect(options) : name.text === "DNAT" && dnat(options, family);
  const known = modelled || extensionTarget(name.text, text);
  if (known !== undefined) return known;
  return options.length > 0 ? { kind: "unknown", name: name.text, text } : { kind: "jump", chain: name.text };
}

function plain([option]: readonly Word[], target: Target): Target {
  if (option !== undefined) refuse(option.place, option.text, "no option: the target takes none");
  return target;
}

/** Undefined for what the model has no form for: no port, a range of ports, `--random`. */
function redirect([option, value, ...rest]: readonly Word[]): Target | undefined {
  if (option === undefined || value === undefined || rest.length > 0) return undefined;
  if (option.text !== "--to-ports" && option.text !== "--to-port") return undefined;
  const port = readPort(value, value.text);
  return port === undefined ? undefined : { kind: "redirect", port };
}

/** Undefined for what the model has no form for: ranges, a port alone, `--random`, `--persistent`. */
function dnat([option, value, ...rest]: readonly Word[], family: FamilyGuard): Target | undefined {
  if (option === undefined || value === undefined || rest.length > 0) return undefined;
  if (option.text !== "--to-destination" && option.text !== "--to") return undefined;
  const expected = "an address, or one with a port";
  const parts = splitDestination(value.text);
  if (parts.host === "" || parts.host.includes("-") || parts.port?.includes("-")) return undefined;
  const address = readHost(value, parts.host, family) ?? refuse(value.place, value.text, expected);
  if (parts.port === undefined) return { kind: "dnat", address };
  const port = readPort(value, parts.port);
  return port === undefined ? undefined : { kind: "dnat", address, port };
}

function splitDestination(text: string): { readonly host: string; readonly port?: string } {
  const bracket = text.startsWith("[") ? text.indexOf("]") : -1;
  if (bracket !== -1) {
    const host = text.slice(1, bracket);
    const rest = text.slice(bracket + 1);
    return rest.startsWith(":") ? { host, port: rest.slice(1) } : { host: host + rest };
  }
  const colon = text.indexOf(":");
  // More than one colon and no brackets: an IPv6 address without a port.
  if (colon === -1 || colon !== text.lastIndexOf(":")) return { host: text };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function readHost(word: Word, host: string, family: FamilyGuard): DnatAddress | undefined {
  const variable = word.variable ? podIpVariable(host) : undefined;
  if (variable !== undefined) return { kind: "environment", variable };
  const address = parseAddress(host);
  if (!address.ok) return undefined;
  family.meets(address.value.family, word.place, word.text);
  return { kind: "literal", text: formatAddress(address.value) };
}

/** Port 0 is taken by iptables, and means no port that the model has. */
function readPort(word: Word, text: string): number | undefined {
  if (/^[0-9]+-[0-9]+$/.test(text)) return undefined;
  const port = readNumber(text, 65535);
  if (port === undefined) refuse(word.place, word.text, "a port, 1 to 65535");
  return port === 0 ? undefined : port;
}
