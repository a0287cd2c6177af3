/** The variables whose meaning is known: the pod's address as Kubernetes gives it, or that of one family. */
export type PodIpVariable = "POD_IP" | "POD_IPV4" | "POD_IPV6";

const VARIABLE = /\$(?:(POD_IP(?:V[46])?)(?![A-Za-z0-9_])|\{(POD_IP(?:V[46])?)\})/y;
const SPELLING = /\$(POD_IP(?:V[46])?)(?![A-Za-z0-9_])/;

/** A variable in a text: how a text that was read spells it, and how many characters name it to a shell. */
export interface FoundVariable {
  readonly spelling: `$${PodIpVariable}`;
  readonly length: number;
}

/** The variable that the text names from that index on; undefined when it names none. */
export function podIpVariableAt(text: string, index: number): FoundVariable | undefined {
  VARIABLE.lastIndex = index;
  const [found, plain, braced] = VARIABLE.exec(text) ?? [];
  const name = (plain ?? braced) as PodIpVariable | undefined;
  return found === undefined || name === undefined
    ? undefined
    : { spelling: `$${name}`, length: found.length };
}

/** Whether a text that was read has the spelling of a variable. */
export function hasPodIpVariable(text: string): boolean {
  return SPELLING.test(text);
}

/** The variable that a text is the spelling of; undefined when it is not one alone. */
export function podIpVariable(text: string): PodIpVariable | undefined {
  const [found, name] = SPELLING.exec(text) ?? [];
  return found === text ? (name as PodIpVariable) : undefined;
}
