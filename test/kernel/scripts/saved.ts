import type { IpFamily } from "../../../src/net/address.ts";
import { ruleText } from "../../../src/render/rule-text.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";
import type { Namespace } from "./namespace.ts";
import { type BackEnd, programOf } from "./toolbox.ts";

/**
 * What a kernel holds, by place and chain: the rules of each chain as `iptables-save` prints them. Built-in chains
 * without rules are left out: whether they are there tells only that some program looked.
 */
export type Saved = Readonly<Record<string, readonly string[]>>;

/** What a back end of iptables holds of the families. */
export async function saved(
  namespace: Namespace,
  backEnd: BackEnd,
  families: readonly IpFamily[] = ["ipv4", "ipv6"],
): Promise<Saved> {
  const parts = families.map(async (family) => {
    const program = programOf(backEnd, family, "-save");
    const { code, stdout, stderr } = await namespace.run(program);
    if (code !== 0) throw new Error(`${program}: ${stderr}`);
    return parsed(family, stdout);
  });
  return Object.assign({}, ...(await Promise.all(parts)));
}

/** What `nft` holds, as it prints it; empty when there is nothing. Counters are left out. */
export async function listed(namespace: Namespace): Promise<string> {
  const { code, stdout, stderr } = await namespace.run("nft", ["--stateless", "list", "ruleset"]);
  if (code !== 0) throw new Error(`nft: ${stderr}`);
  return stdout;
}

/** What the chains of a plan look like in a kernel. `environment` gives the addresses that the script takes from there. */
export function expected(
  chains: readonly Chain[],
  environment: Readonly<Record<string, string>> = {},
): Saved {
  return Object.fromEntries(
    chains.map((chain) => [
      `${chain.family} ${chain.table} ${chain.name}`,
      chain.rules
        .filter(({ target }) => !(target.kind === "dnat" && isUnset(target.address, environment)))
        .map((rule) => ruleText(chain.name, rule).replace(/\$(\w+)/, (_, name) => environment[name] ?? "")),
    ]),
  );
}

function isUnset(
  address: { readonly kind: string; readonly variable?: string },
  environment: Readonly<Record<string, string>>,
): boolean {
  return address.variable !== undefined && environment[address.variable] === undefined;
}

function parsed(family: IpFamily, text: string): Saved {
  const chains: Record<string, string[]> = {};
  let table = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    const [, declared, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (declared !== undefined && policy === "-") chains[`${family} ${table} ${declared}`] = [];
    if (declared !== undefined && policy === "DROP") chains[`${family} ${table} ${declared}`] = ["-P DROP"];
    const [, chain] = /^-A (\S+)/.exec(line) ?? [];
    if (chain === undefined) continue;
    const name = `${family} ${table} ${chain}`;
    chains[name] = [...(chains[name] ?? []), line];
  }
  return chains;
}
