import * as words from "./words.ts";

/** What may follow a word of a rule, beside the end of the match. */
const OPTIONS: Readonly<Record<string, words.Word>> = {
  "-p": words.oneOf("tcp", "udp"),
  "-s": words.range,
  // The DNS proxy of FSM is the one address that a rule has without a prefix length.
  "-d": (word) => word === "127.0.0.153" || words.range(word),
  "-i": words.interfaceName("+"),
  "-o": words.interfaceName("+"),
  "-m": words.oneOf("tcp", "udp", "owner", "multiport"),
  "--match": words.oneOf("multiport"),
  "--dport": words.port,
  "--dports": (ports) => words.listOf(words.portOrRange(":"), ",")(ports) && slots(ports) <= 15,
  "--uid-owner": words.id,
  "--gid-owner": words.id,
};

/** What may follow a target. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, words.Word>>>> = {
  RETURN: {},
  ACCEPT: {},
  REDIRECT: { "--to-port": words.port, "--to-ports": words.port },
  DNAT: { "--to-destination": (word) => word === "$POD_IP" || words.endpoint(word) },
};

const COMMENT = / -m comment --comment (?:"(?:[A-Za-z0-9 ,.]|\\')+"|'[A-Za-z0-9 ,.]+')/;

/** Why a text is not the part of an iptables command behind its chain: ` -p tcp -j RETURN`; undefined when it is. */
export function ruleFault(text: string): string | undefined {
  if (!text.startsWith(" ")) return `'${text}' does not begin with a space`;
  const [, ...rest] = text.replace(COMMENT, "").split(" ");
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (word === "!") continue;
    const value = rest.shift();
    if (word === "-j") return targetFault(value ?? "", rest);
    const allowed = OPTIONS[word];
    if (allowed === undefined || value === undefined || !allowed(value)) return `'${word} ${value}'`;
  }
  return "no target";
}

function targetFault(target: string, options: readonly string[]): string | undefined {
  if (words.chain(target)) return options.length === 0 ? undefined : `'${options.join(" ")}' behind a chain`;
  const allowed = Object.hasOwn(TARGETS, target) ? TARGETS[target] : undefined;
  if (allowed === undefined) return `target '${target}'`;
  const [option, value, ...more] = options;
  if (option === undefined)
    return Object.keys(allowed).length === 0 ? undefined : `${target} without a value`;
  const fits = value !== undefined && allowed[option]?.(value) === true && more.length === 0;
  return fits ? undefined : `'${target} ${options.join(" ")}'`;
}

function slots(ports: string): number {
  return ports.split(",").reduce((sum, each) => sum + (each.includes(":") ? 2 : 1), 0);
}
