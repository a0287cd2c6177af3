import { spawnSync } from "node:child_process";

/** A document of a script, for one of the tools. */
export interface Document {
  readonly tool: "iptables" | "ip6tables" | "nft";
  readonly text: string;
}

/** A script, and what its chains and tables are called by, so that the documents of many can be read together. */
export interface Source {
  readonly script: string;
  readonly prefix: string;
}

/** The documents that scripts of any dialect hand to the tools, those of a source at its place. */
export function documentsOf(sources: readonly Source[]): readonly (readonly Document[])[] {
  const guarded = sources.filter(({ script }) => isGuarded(script));
  const documents = printedBy(guarded);
  const printed = new Map(guarded.map((source, index) => [source, documents[index] ?? []]));
  return sources.map((source) =>
    (printed.get(source) ?? plainDocuments(source.script)).map(({ tool, text }) => ({
      tool,
      text: text.replace(/\b(?:OSM_|FSM_)?PROXY_|proxy_redirect\b/g, (word) =>
        word === "proxy_redirect" ? `${source.prefix}redirect` : source.prefix,
      ),
    })),
  );
}

function isGuarded(script: string): boolean {
  return script.includes("ipv4_rules() {") || script.includes("ipv6_rules() {");
}

/** One command line, or here-documents in which the shell expands `$POD_IP`. */
function plainDocuments(script: string): readonly Document[] {
  const own = script.replace(/\$POD_IP\b/g, "192.0.2.7");
  if (own.startsWith("iptables -t nat ")) {
    const lines = own.split(" && ").map((command) => command.replace("iptables -t nat ", ""));
    const declared = lines.map((line) => line.replace(/^-N (\S+)$/, ":$1 - [0:0]"));
    return [{ tool: "iptables", text: ["*nat", ...declared, "COMMIT"].join("\n") }];
  }
  return [...own.matchAll(/^(iptables-restore|nft) [^\n]*<<EOF\n([\s\S]*?)\nEOF$/gm)].map(
    ([, program, text]): Document => ({
      tool: program === "nft" ? "nft" : "iptables",
      text: text ?? "",
    }),
  );
}

const MARK = "# document ";

/** What the shell prints by the functions of guarded scripts, as they would on a first run in a pod of both families. */
function printedBy(sources: readonly Source[]): readonly (readonly Document[])[] {
  const program = sources.flatMap(({ script }, index) => [
    ...[...script.matchAll(/^(ipv[46])_rules\(\) \{\n[\s\S]*?^END\n\}$/gm)].flatMap(([text, family]) => {
      const variable = family === "ipv4" ? '"$iptables"' : '"$ip6tables"';
      const additions = [...script.matchAll(/^ *(add_rule '.*)$/gm)].flatMap(([, line]) =>
        line?.includes(variable) ? [line] : [],
      );
      return [text, "added=", ...additions, `echo "${MARK}${index} ${family}"`, `${family}_rules`];
    }),
  ]);
  const prelude = [
    "set -eu",
    "POD_IPV4=192.0.2.7 POD_IPV6=2001:db8::7 iptables=iptables ip6tables=ip6tables",
    'add_rule() { added="$added$1',
    '"; }',
  ];
  const { stdout, stderr, status } = spawnSync("/bin/sh", {
    input: [...prelude, ...program, ""].join("\n"),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the shell cannot print the documents: ${stderr}`);
  const documents: Document[][] = sources.map(() => []);
  for (const part of stdout.split(MARK).slice(1)) {
    const [, index, family, text = ""] = /^(\d+) (ipv[46])\n([\s\S]*)\n$/.exec(part) ?? [];
    const iptables = family === "ipv4" ? "iptables" : "ip6tables";
    documents[Number(index)]?.push({ tool: text.startsWith("*nat\n") ? iptables : "nft", text });
  }
  return documents;
}
