/**
 * Whether memory stays level over a million mixed requests: plans asked again and never seen, refusals, streams of plans,
 * explanations, and JSON over HTTP. `node test/bench/soak.ts [FILE]`, with h2load and the bundle that `npm run build` makes:
 * prints the memory on the way, and writes the figures as JSON to the file. SOAK_REQUESTS is another number of requests.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ExplainRequestSchema } from "../../src/gen/redirect/v1/explain_pb.ts";
import { Direction } from "../../src/gen/redirect/v1/packet_pb.ts";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { flood, type Load } from "./h2load.ts";
import { startMeasured } from "./measured-server.ts";
import { planRequest, streamRequest, writeBody } from "./requests.ts";
import { BUNDLE, PATIENT } from "./server-subjects.ts";
import { printTable, writeFigures } from "./table.ts";

const PORT = 19_500;
const SERVICE = "/redirect.v1.RedirectPlanner";
const MIB = 1024 * 1024;

const REQUESTS = Number(process.env["SOAK_REQUESTS"] ?? 1_000_000);
/** After this many the memory is what the end is compared with. */
const EARLY = 10_000;
/** A round sends the mix once. */
const ROUND = 2_000;
const MOST_GROWTH = 1.5;

/** What a round sends, and how many of it. */
interface Part extends Omit<Load, "port"> {
  readonly requests: number;
}

let bodies = 0;
const folder = mkdtempSync(join(tmpdir(), "redirect-planner-soak-"));
try {
  await soak(process.argv[2]);
} finally {
  rmSync(folder, { recursive: true });
}

async function soak(file: string | undefined): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"]);
  const command = [process.execPath, BUNDLE, "serve", "--port", `${PORT}`, "--host", "127.0.0.1"];
  const server = await startMeasured(PORT, command, PATIENT);
  const readings: { readonly requests: number; readonly bytes: number }[] = [];
  try {
    for (let sent = 0, next = EARLY; sent < REQUESTS; ) {
      for (const part of mix(sent / ROUND)) await flood({ ...part, port: PORT }, part.requests);
      sent += ROUND;
      if (sent < next && sent < REQUESTS) continue;
      readings.push({ requests: sent, bytes: server.residentBytes() });
      next = sent + REQUESTS / 10;
    }
  } finally {
    await server.stop();
  }
  report(readings, file);
}

/** A tenth of the plans are of pods and meshes that no other round has. */
function mix(round: number): readonly Part[] {
  const fresh = planRequest(`pod-${round}`);
  const mesh = planRequest("mesh");
  mesh.meshConfig?.spec?.traffic?.outboundPortExclusionList.push(20_000 + (round % 40_000));
  const refused = planRequest(`refused-${round}`);
  if (refused.pod?.spec !== undefined) refused.pod.spec.hostNetwork = true;
  const packet = { direction: Direction.OUTBOUND, destination: { address: "1.1.1.1", port: 80 } };
  const json = join(folder, "json");
  writeFileSync(json, JSON.stringify({ pod: { metadata: { name: `json-${round}` } } }));
  return [
    { ...part("Plan", PlanRequestSchema, planRequest("shop")), requests: 1_200 },
    { ...part("Plan", PlanRequestSchema, fresh), requests: 200 },
    { ...part("Plan", PlanRequestSchema, mesh), requests: 100 },
    { ...part("Plan", PlanRequestSchema, refused), requests: 200 },
    { ...part("PlanStream", PlanStreamRequestSchema, streamRequest(2)), requests: 100 },
    {
      ...part("Explain", ExplainRequestSchema, {
        rules: { source: { case: "request", value: fresh } },
        packets: [packet],
      }),
      requests: 100,
    },
    { path: `${SERVICE}/Plan`, body: json, contentType: "application/json", requests: 100 },
  ];
}

function part<Desc extends DescMessage>(
  method: string,
  schema: Desc,
  message: MessageInitShape<Desc>,
): Omit<Load, "port"> {
  const body = writeBody(folder, `body-${bodies++ % 10}`, toBinary(schema, create(schema, message)));
  return { path: `${SERVICE}/${method}`, body };
}

function report(
  readings: readonly { readonly requests: number; readonly bytes: number }[],
  file: string | undefined,
): void {
  const early = readings[0]?.bytes ?? Number.NaN;
  const growth = (readings.at(-1)?.bytes ?? Number.NaN) / early;
  printTable([
    ["requests", "resident MiB", "to the first"],
    ...readings.map(({ requests, bytes }) => [
      requests.toLocaleString("en"),
      (bytes / MIB).toFixed(1),
      (bytes / early).toFixed(2),
    ]),
  ]);
  const met = growth <= MOST_GROWTH ? "met" : "missed";
  process.stdout.write(`\nat the end ${growth.toFixed(2)} times, target <= ${MOST_GROWTH}: ${met}\n`);
  writeFigures(file, { name: "soak", readings, growth });
}
