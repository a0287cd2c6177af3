/**
 * Pieces of POSIX shell for scripts that look at the machine before they act. Kubernetes expands `$(NAME)` and `$$` in
 * the arguments of a container, so none of them has either. Rules stand in quoted here-documents, which no shell expands.
 */
/** Seconds that a program waits for another one that changes the tables. */
const LOCK_WAIT = 30;

/** The flag that makes iptables and iptables-restore wait for the lock. iptables-restore has it since 1.6.2. */
export const WAIT = `-w ${LOCK_WAIT}`;

/** How every guarded script begins. */
export const PRELUDE: readonly string[] = [
  "set -euf",
  "say() { printf 'proxy-redirect: %s\\n' \"$1\" >&2; }",
  'fail() { say "$1"; exit 1; }',
];

/**
 * `try PROGRAM ARGUMENT…` sets `code` to the exit code of a program and `output` to what it printed. One that was killed,
 * by the kernel for want of memory say, has answered nothing, and the script must not take that for an answer.
 */
export const TRY: readonly string[] = [
  "# Runs a program, and sets code and output.",
  "try() {",
  "  code=0",
  '  output=`"$@" 2>&1` || code=$?',
  '  [ $code -lt 128 ] || fail "$1 was killed"',
  "}",
];

/** A here-document, which no shell expands. */
export function hereDocument(lines: readonly string[]): readonly string[] {
  return ["cat <<'END'", ...lines, "END"];
}

/** A command of the shell itself that prints lines: all of them or none, as long as they are few. */
export function printLines(lines: readonly string[]): string {
  return `printf '%s\\n' ${lines.map(quoted).join(" ")}`;
}

/** A text as one word of the shell, nothing in it expanded. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command that prints a line with a variable's value in it, unless the variable is empty. */
export function printWhenSet(variable: string, line: string): string {
  const [before = "", after = ""] = line.split(`$${variable}`);
  return `[ -z "$${variable}" ] || printf '%s%s%s\\n' ${quoted(before)} "$${variable}" ${quoted(after)}`;
}

/**
 * Sets `POD_IPV4` and `POD_IPV6` to the first address of each family that the environment gives in `POD_IPS` (or
 * `POD_IP`); fails when there is none, and on what is not one. The tools cannot be left to tell: nft looks up names,
 * and reads a ninth group of an IPv6 address as a port.
 */
export const READ_POD_IPS: readonly string[] = [
  "# The first address of each family that the pod's environment has. The tools would take names too.",
  "is_ipv4() {",
  "  case $1 in",
  "    *[!0-9.]* | .* | *. | *..* | *.*.*.*.* | *[0-9][0-9][0-9][0-9]*) return 1 ;;",
  "    *[3-9][0-9][0-9]* | *2[6-9][0-9]* | *25[6-9]* | 0[0-9]* | *.0[0-9]*) return 1 ;;",
  "    *.*.*.*) ;;",
  "    *) return 1 ;;",
  "  esac",
  "}",
  "is_ipv6() {",
  "  case $1 in",
  "    *[!0-9a-fA-F:]* | *[!:][!:][!:][!:][!:]* | *:*:*:*:*:*:*:*:*) return 1 ;;",
  "    *::*::* | *:::* | :[!:]* | *[!:]:) return 1 ;;",
  "    *::* | *:*:*:*:*:*:*:*) ;;",
  "    *) return 1 ;;",
  "  esac",
  "}",
  "POD_IPV4= POD_IPV6=",
  "IFS=,",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  "for address in ${POD_IPS:-${POD_IP:-}}; do",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  '  if is_ipv4 "$address"; then POD_IPV4=${POD_IPV4:-$address}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  '  elif is_ipv6 "$address"; then POD_IPV6=${POD_IPV6:-$address}',
  "  else fail \"POD_IPS (or POD_IP) has '$address', which is not an address\"; fi",
  "done",
  "unset IFS",
  '[ -n "$POD_IPV4$POD_IPV6" ] || fail "neither POD_IPS nor POD_IP has an address of the pod"',
];

/** Lists the IPv6 addresses of the network namespace. Absent in a kernel without IPv6, which then has nothing to redirect. */
export const IPV6_ADDRESSES = "/proc/net/if_inet6";

/**
 * A function that decides what happens where the host cannot program IPv6: it is only let pass when the pod has no
 * global IPv6 address (scope 00 in /proc/net/if_inet6), and said.
 */
export const WITHOUT_IPV6: readonly string[] = [
  "# Where IPv6 cannot be redirected: all is well for a pod without a global IPv6 address (scope 00).",
  "without_ipv6() {",
  `  if [ -e ${IPV6_ADDRESSES} ]; then`,
  "    while read -r address _ _ scope _; do",
  '      [ "$scope" != 00 ] || fail "the pod has the IPv6 address $address, and this host cannot redirect IPv6"',
  `    done <${IPV6_ADDRESSES}`,
  "  fi",
  '  say "no IPv6 rules: this host cannot redirect IPv6, and the pod has no global IPv6 address"',
  "}",
];
