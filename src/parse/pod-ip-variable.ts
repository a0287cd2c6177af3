const VARIABLE = /\$(?:POD_IP(?![A-Za-z0-9_])|\{POD_IP\})/y;

/** How a text that was read spells the only variable whose meaning is known: the pod's address. */
export const POD_IP_VARIABLE = "$POD_IP";

/** How many characters of the text, from that index on, name the variable to a shell; 0 when none do. */
export function podIpVariableAt(text: string, index: number): number {
  VARIABLE.lastIndex = index;
  return VARIABLE.exec(text)?.[0].length ?? 0;
}
