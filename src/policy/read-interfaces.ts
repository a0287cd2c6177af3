import { originPath } from "../origin.ts";
import { checkRepeats } from "./check-repeats.ts";
import { type Finding, finding } from "./finding.ts";
import type { RawList } from "./lists.ts";
import { mergeBy } from "./merge.ts";
import type { InterfaceEntry } from "./policy.ts";
import { quote } from "./quote.ts";

/** Longest interface name: `IFNAMSIZ` is 16 with the final NUL (linux/if.h). */
export const MAX_INTERFACE_NAME = 15;

/** Most interfaces of a list: each is two rules that connections are asked, and pods have a few. */
export const MAX_INTERFACES = 1000;

/** What the kernel and a shell take plainly; a final `+` is iptables' wildcard. */
const INTERFACE_NAME = /^[A-Za-z0-9_.-]+\+?$/;

/** The network of a pod's main interface, by the name that container network plugins give it. */
const MAIN_INTERFACE = "eth0";

/** The interfaces of a list, in its order, without repeats. What is not an interface name becomes a finding. */
export function readInterfaces(list: RawList, findings: Finding[]): readonly InterfaceEntry[] {
  const named = list.items.flatMap(({ text, origin }): readonly InterfaceEntry[] => {
    const reason = refusal(text);
    if (reason === undefined) return [{ name: text, origins: [origin] }];
    findings.push(
      finding("INVALID_INTERFACE", {
        field: originPath(origin),
        value: quote(text),
        message: `Invalid interface name '${quote(text)}' ${list.place}: ${reason}`,
        remedy: `Give a name of at most ${MAX_INTERFACE_NAME} letters, digits, '_', '.' and '-', as \`ip link\` prints it.`,
      }),
    );
    return [];
  });
  const entries = mergeBy(named, ({ name }) => name);
  checkRepeats(entries, "Interface", findings);
  for (const entry of entries) checkMeaning(entry, findings);
  return entries;
}

function refusal(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > MAX_INTERFACE_NAME)
    return `it has ${name.length} characters, and the limit is ${MAX_INTERFACE_NAME}`;
  // The kernel refuses these two as names of directories in sysfs (net/core/dev.c, dev_valid_name).
  if (name === "." || name === "..") return "the kernel refuses this name";
  if (name.startsWith("-")) return "it begins with a dash, which iptables takes for an option";
  if (!INTERFACE_NAME.test(name))
    return "it has a character that the kernel or a shell does not take plainly";
  return undefined;
}

/** Names that exclude more than an additional network of the pod. */
function checkMeaning({ name, origins: [origin] }: InterfaceEntry, findings: Finding[]): void {
  if (origin === undefined) return;
  const at = { field: originPath(origin), value: name };
  const wildcard = name.endsWith("+");
  if (wildcard) {
    findings.push(
      finding("WILDCARD_INTERFACE", {
        ...at,
        message: `'${name}' stands for every interface whose name begins with '${name.slice(0, -1)}'`,
        remedy: "Give the full name, if one interface is meant.",
      }),
    );
  }
  if (wildcard ? MAIN_INTERFACE.startsWith(name.slice(0, -1)) : name === MAIN_INTERFACE) {
    findings.push(
      finding("MAIN_INTERFACE_EXCLUDED", {
        ...at,
        message: `'${name}' covers ${MAIN_INTERFACE}, the pod's main interface: interception is off`,
        remedy: "Exclude the additional interfaces only.",
      }),
    );
  }
}
