import type { IpFamily } from "../../net/address.ts";
import { IPV6_ADDRESSES, WITHOUT_IPV6 } from "./shell.ts";

/**
 * IPv4 must be there; IPv6 is only programmed where the host can. A lock that another program holds (exit code 4) is no
 * sign that it cannot.
 */
export function whereAble(
  family: IpFamily,
  lines: readonly string[],
  otherwise: readonly string[] = ["without_ipv6"],
): readonly string[] {
  if (family === "ipv4") {
    return ['[ "$seen" = "$iptables" ] || can_read "$iptables" || fail "$iptables: $output"', ...lines];
  }
  return [
    ...(otherwise.length > 0 ? WITHOUT_IPV6 : []),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
    "ip6tables=ip6tables${iptables#iptables}",
    "code=0",
    `if [ -e ${IPV6_ADDRESSES} ] && can_read "$ip6tables"; then`,
    ...lines.map((line) => `  ${line}`),
    "else",
    "  # 4: another program held the lock all the time.",
    '  [ "$code" -ne 4 ] || fail "$ip6tables: $output"',
    ...otherwise.map((line) => `  ${line}`),
    "fi",
  ];
}

/** The program of a family, as {@link whereAble} and `chooseBackEnd` set it. */
export function programOf(family: IpFamily): string {
  return family === "ipv4" ? '"$iptables"' : '"$ip6tables"';
}
