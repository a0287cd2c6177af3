import assert from "node:assert/strict";
import { fateKey } from "../../../src/analyze/fate.ts";
import { type LinkedChains, linkChains } from "../../../src/analyze/link.ts";
import { ruleText } from "../../../src/render/rule-text.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";
import type { BackEnd } from "./back-end.ts";
import { type Expectation, expectationOf, ruleName } from "./expectation.ts";
import type { Awaited, Lab, Witness } from "./lab.ts";
import { type PacketWords, shipment } from "./packets.ts";
import { SEED } from "./seed.ts";

/** How much was compared. */
export class Tally {
  ruleSets = 0;
  packets = 0;
  /** Packets of which was also seen where they arrived. */
  arrivals = 0;
  /** Rules whose counters were read back. */
  counters = 0;
  readonly #fates = new Map<string, number>();

  /** Counts a packet that had such a fate. */
  fate(kind: string): void {
    this.packets++;
    this.#fates.set(kind, (this.#fates.get(kind) ?? 0) + 1);
  }

  toString(): string {
    const fates = [...this.#fates].toSorted().map(([kind, count]) => `${count} ${kind}`);
    return `${this.ruleSets} rule sets, ${this.packets} packets (${fates.join(", ")}), ${this.arrivals} arrivals, ${this.counters} counters, seed ${SEED}`;
  }
}

/** Rules in a kernel, and the packets to send through them. */
export interface Trial {
  readonly script: string;
  /** The chains that the script is to make, where that is known: the model must say the same of them. */
  readonly planned?: readonly Chain[];
  readonly packets: readonly PacketWords[];
  /** Whether answers pass, so that connections can be made: not so where rules drop what is no first packet. */
  readonly answered: boolean;
}

/**
 * Loads the rules, sends the packets, and holds what the kernel did to what the model says: where each went in the end as
 * connection tracking has it, who it arrived at and what original destination that socket knows, and which rules of the
 * nat table counted how many.
 *
 * @throws AssertionError that tells the packet, the rules and both answers.
 */
export async function judge(lab: Lab, backEnd: BackEnd, trial: Trial, tally: Tally): Promise<void> {
  tally.ruleSets++;
  await backEnd.clear();
  await backEnd.script(trial.script);
  const chains = await backEnd.chains();
  const linked = linkedOrThrow(chains);
  const ports = lab.sourcePorts(trial.packets.length);
  const expected = trial.packets.map((words, id) => expectationOf(linked, words, ports[id] ?? 0));
  if (trial.planned !== undefined) agreeWithPlan(linkedOrThrow(trial.planned), expected, trial.packets);

  const shipments = trial.packets.map((words, id) => shipment(words, id, ports[id] ?? 0));
  const witnesses = await lab.send(shipments, awaited(expected, trial));
  for (const [id, words] of trial.packets.entries()) {
    const expectation = expected[id];
    const witness = witnesses.get(id);
    if (expectation === undefined || witness === undefined) throw new Error("every packet is accounted for");
    const told = `${JSON.stringify(words)}\n${JSON.stringify({ expectation, witness })}\n${rulesText(chains)}`;
    compareDestination(words, expectation, witness, told);
    tally.fate(expectation.fate.kind);
    if (!trial.answered) continue;
    compareArrival(words, expectation, witness, told);
    tally.arrivals++;
  }
  if (backEnd.keeper === "nft") return;
  compareCounters(await backEnd.chains(), expected, trial.packets);
  tally.counters += chains.reduce((sum, { rules }) => sum + rules.length, 0);
}

function awaited(expected: readonly Expectation[], { packets, answered }: Trial): Awaited {
  const tracked = expected.filter(({ destination }) => destination !== undefined).length;
  if (!answered) return { tracked };
  const count = (of: string) => expected.filter(({ arrival }) => arrival?.of === of).length;
  const decided = packets.flatMap(({ protocol }, id) =>
    protocol === "tcp" && expected[id]?.outcome !== undefined ? id : [],
  );
  return {
    tracked,
    connections: { atProxy: count("proxy"), atApp: count("app"), atPeer: count("peer"), decided },
  };
}

function compareDestination(
  words: PacketWords,
  { destination }: Expectation,
  { tracked, error }: Witness,
  told: string,
): void {
  if (destination === undefined) {
    // A process learns at once that its packet was dropped on the way out.
    assert.equal(tracked, undefined, told);
    return;
  }
  assert.equal(error, undefined, told);
  assert.ok(tracked !== undefined, told);
  const { original, reply } = tracked;
  assert.deepEqual([original.destination, original.dport], [words.to, words.dport], told);
  assert.deepEqual([reply.source, reply.sport], [destination.address, destination.port], told);
}

function compareArrival(
  words: PacketWords,
  { arrival, outcome }: Expectation,
  witness: Witness,
  told: string,
): void {
  if (words.protocol === "tcp") assert.equal(witness.outcome, outcome ?? "pending", told);
  assert.deepEqual(
    witness.arrival && { at: witness.arrival.at, port: witness.arrival.port },
    arrival && { at: arrival.at, port: arrival.port },
    told,
  );
  // The peer tracks no connections, and so knows no original destination.
  const original = witness.arrival?.original ?? null;
  if (original !== null) assert.deepEqual(original, [words.to, words.dport], told);
}

/** No rule is about the ports that packets of the lab are sent from. */
const ANY_PORT = 20_000;

/** The chains of a plan mean the same to the model as what the kernel made of their script. */
function agreeWithPlan(
  planned: LinkedChains,
  expected: readonly Expectation[],
  packets: readonly PacketWords[],
): void {
  for (const [id, words] of packets.entries()) {
    const ofPlan = fateKey(expectationOf(planned, words, ANY_PORT).fate).replace("accepted", "untouched");
    const ofKernel = fateKey(expected[id]?.fate ?? { kind: "untouched" }).replace("accepted", "untouched");
    assert.equal(ofPlan, ofKernel, `${JSON.stringify(words)}: the plan's chains, and what was read back`);
  }
}

function compareCounters(
  chains: readonly Chain[],
  expected: readonly Expectation[],
  packets: readonly PacketWords[],
): void {
  const counts = new Map<string, number>();
  for (const name of expected.flatMap(({ counted }) => counted))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const chain of chains.filter(({ table }) => table === "nat")) {
    for (const [index, rule] of chain.rules.entries()) {
      const name = ruleName(chain, index);
      const told = `${name}: ${ruleText(chain.name, rule)}\n${rulesText(chains)}\n${JSON.stringify(packets)}`;
      assert.equal(rule.counters?.packets, counts.get(name) ?? 0, told);
    }
  }
}

function linkedOrThrow(chains: readonly Chain[]): LinkedChains {
  const linked = linkChains(chains);
  if (!linked.ok) throw new Error(JSON.stringify(linked.error.kind));
  return linked.value;
}

function rulesText(chains: readonly Chain[]): string {
  return chains
    .flatMap(({ family, table, name, policy = "accept", rules }) => [
      `${family} ${table} ${name} (${policy})`,
      ...rules.map((rule) => `  ${ruleText(name, rule)}`),
    ])
    .join("\n");
}
