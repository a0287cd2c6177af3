/** Rules of another tool that are there before a script runs, in chains that it writes to and in chains named like its own. */
export function otherRules(chain: string): string {
  return `*nat
:OTHER - [0:0]
:${chain}_2 - [0:0]
-A PREROUTING -p tcp -m tcp --dport 81 -j OTHER
-A PREROUTING -p tcp -j ${chain}_2
-A OUTPUT -p tcp -m tcp --dport 82 -j OTHER
-A OUTPUT -p tcp -m tcp --dport 83 -j REDIRECT --to-ports 84
-A POSTROUTING -p tcp -j MASQUERADE
-A OTHER -m comment --comment "of another tool" -j RETURN
-A ${chain}_2 -p udp -j ACCEPT
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 85 -j ACCEPT
COMMIT
`;
}

/** Rules that it adds later, some of them in front. */
export const OTHER_RULES_LATER = `*nat
-I PREROUTING -p tcp -m tcp --dport 91 -j OTHER
-A PREROUTING -p tcp -m tcp --dport 92 -j RETURN
-I OUTPUT -p tcp -m tcp --dport 93 -j OTHER
-A OUTPUT -p udp -j RETURN
COMMIT
`;

/** Tables of another tool, one of them with our table's name in another family. */
export const OTHER_TABLES = `
table ip nat {
  chain PREROUTING { type nat hook prerouting priority dstnat; tcp dport 81 redirect to :82; }
}
table inet proxy_redirect {
  chain PROXY_INBOUND { tcp dport 83 accept; }
}
table ip proxy_redirect_2 {
  chain PROXY_INBOUND { type nat hook output priority -100; tcp dport 84 redirect to :85; }
}
`;
