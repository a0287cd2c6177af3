import assert from "node:assert/strict";
import type { IpFamily } from "../../../src/net/address.ts";
import { describeParseError } from "../../../src/parse/parse-error.ts";
import { type ParsedRules, parseRules } from "../../../src/parse/rules.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";
import type { Namespace } from "../scripts/namespace.ts";
import { type Installed, programOf, toolbox } from "../scripts/toolbox.ts";
import { POD_ENVIRONMENT } from "./places.ts";

/** What keeps rules in the kernel: a back end of iptables, or nftables by its own program. */
export const KEEPERS = ["legacy", "nf_tables", "nft"] as const;

/** One of them. */
export type Keeper = (typeof KEEPERS)[number];

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

const INSTALLED: { readonly [keeper in Keeper]: Installed } = {
  legacy: { plain: "legacy", suffixed: ["legacy"], others: [] },
  nf_tables: { plain: "nf_tables", suffixed: ["nf_tables"], others: [] },
  nft: { others: ["nft"] },
};

/** The rules in the kernel of a namespace, by the program that keeps them. */
export interface BackEnd {
  readonly keeper: Keeper;
  /** Runs a shell script as an init container would, in an image with the keeper's programs alone. */
  script(text: string): Promise<void>;
  /** What the kernel holds, as it is read back, with its counters where rules have them. */
  chains(): Promise<readonly Chain[]>;
  /** Takes all rules away. */
  clear(): Promise<void>;
}

/** The rules of a namespace, kept by a keeper. */
export function backEndOf(namespace: Namespace, keeper: Keeper): BackEnd {
  const env = { PATH: toolbox(namespace, INSTALLED[keeper]), ...POD_ENVIRONMENT };
  const run = async (program: string, args: readonly string[] = [], input = ""): Promise<string> => {
    const { code, stdout, stderr } = await namespace.run(program, args, { input, env });
    assert.equal(code, 0, `${program} ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  return {
    keeper,
    async script(text) {
      await run("/bin/sh", ["-c", text]);
    },
    async chains() {
      if (keeper === "nft") return parsed(await run("nft", ["-j", "list", "ruleset"])).chains;
      const dumps = await Promise.all(
        FAMILIES.map((family) => run(programOf(keeper, family, "-save"), ["-c"])),
      );
      return FAMILIES.flatMap((family, i) => parsed(dumps[i] ?? "", family).chains);
    },
    async clear() {
      if (keeper === "legacy") {
        await Promise.all(FAMILIES.map((family) => run(programOf(keeper, family, "-restore"), [], EMPTY)));
      } else {
        const { code, stderr } = await namespace.run("nft", ["flush", "ruleset"]);
        assert.equal(code, 0, stderr);
      }
    },
  };
}

/**
 * Tables of iptables without rules but one, which decides nothing: it has the kernel track connections of the family, as
 * rules that translate would.
 */
const EMPTY = [
  ...["raw", "nat", "filter"].map((table) => `*${table}\nCOMMIT\n`),
  "*mangle\n-A POSTROUTING -m conntrack --ctstate INVALID\nCOMMIT\n",
].join("");

/** Has the kernel of a namespace track connections, whatever keeps the rules that are loaded later. */
export async function trackConnections(namespace: Namespace): Promise<void> {
  await backEndOf(namespace, "legacy").clear();
}

function parsed(text: string, family?: IpFamily): ParsedRules {
  const result = parseRules(text, family === undefined ? {} : { family });
  if (!result.ok) throw new Error(`${describeParseError(result.error)} of ${text}`);
  return result.value;
}
