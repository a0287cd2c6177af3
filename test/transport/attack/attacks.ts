import { conversations } from "./conversations.ts";
import * as floods from "./floods.ts";
import * as fuzz from "./fuzz.ts";
import * as hoarding from "./hoarding.ts";

/** An attack, and how often it is tried. */
export interface Attack {
  readonly name: string;
  /** @returns how many malformed requests were sent. */
  readonly run: (port: number, count: number) => Promise<number>;
  /** How often in the tests of every change, and in the check of its own. */
  readonly few: number;
  readonly many: number;
}

/** Every attack. The many come to more than 100,000. */
export const ATTACKS: readonly Attack[] = [
  { name: "fuzzed bytes on connections", run: fuzz.fuzzedConnections, few: 100, many: 5_000 },
  { name: "fuzzed bodies of HTTP/1", run: fuzz.fuzzedBodies, few: 100, many: 3_000 },
  { name: "fuzzed messages of gRPC", run: fuzz.fuzzedMessages, few: 200, many: 5_000 },
  { name: "calls of HTTP/2 in any order", run: conversations, few: 500, many: 20_000 },
  { name: "rapid reset", run: floods.rapidReset, few: 3_000, many: 50_000 },
  { name: "made you reset", run: floods.madeYouReset, few: 3_000, many: 20_000 },
  { name: "flood of SETTINGS", run: floods.settingsFlood, few: 5_000, many: 100_000 },
  { name: "flood of PING", run: floods.pingFlood, few: 5_000, many: 100_000 },
  { name: "flood of CONTINUATION", run: floods.continuationFlood, few: 2_000, many: 50_000 },
  { name: "flood of empty frames", run: floods.emptyFrames, few: 2_000, many: 50_000 },
  { name: "slow headers", run: hoarding.slowHeaders, few: 50, many: 1_000 },
  { name: "slow bodies of HTTP/1", run: hoarding.slowBodies, few: 50, many: 1_000 },
  { name: "slow calls of HTTP/2", run: hoarding.slowCalls, few: 100, many: 2_000 },
  { name: "oversize", run: hoarding.oversize, few: 8, many: 200 },
  { name: "gzip bombs", run: hoarding.gzipBombs, few: 10, many: 60 },
  { name: "idle connections", run: hoarding.idleConnections, few: 100, many: 1_900 },
  { name: "hoarded messages", run: hoarding.hoardedMessages, few: 20, many: 200 },
  { name: "messages in pieces of a byte", run: hoarding.crumbs, few: 5_000, many: 500_000 },
];
