import { create } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import { readPlanRequest } from "../service/plan-input.ts";
import { createAuditor } from "./audit/auditor.ts";
import { needsRestart } from "./audit/verdict.ts";
import { AUDIT_HELP } from "./audit-help.ts";
import type { Command } from "./command.ts";
import { choice, type Flags, readFlags } from "./flags.ts";
import { meshOverrides } from "./input/mesh-values.ts";
import { readPlanInputs } from "./input/plan-inputs.ts";
import { readMessages } from "./input/plan-messages.ts";
import { openPodStream } from "./input/pod-stream.ts";
import { refuseSharedInput } from "./input/standard-input.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { createAuditWriter } from "./output/audit-writer.ts";
import { createProgressLine } from "./output/progress-line.ts";
import { OPTION_FLAGS, readPlanOptions } from "./plan-options.ts";

/** `redirect-planner audit`: finds pods that run other rules than the mesh config asks. */
export const auditCommand: Command = { help: AUDIT_HELP, run: audit };

const FLAGS = {
  file: { type: "string", short: "f", multiple: true },
  set: { type: "string", multiple: true },
  ...OPTION_FLAGS,
  pods: { type: "string" },
  all: { type: "boolean" },
  output: { type: "string", short: "o" },
} as const;

async function audit(argv: readonly string[], io: Io): Promise<number> {
  const flags = readFlags(argv, FLAGS);
  const output = choice("--output", flags.output, ["table", "json"]) ?? "table";
  const pods = flags.pods ?? "-";
  refuseSharedInput({ "-f": flags.file, "--pods": pods });
  const options = readPlanOptions(flags);
  const auditPod = createAuditor(await readMeshConfig(flags, io), options);
  const stream = await openPodStream(pods, io.stdin);

  const progress = createProgressLine(io);
  const writer = createAuditWriter({
    ...{ stdout: io.stdout, env: io.env, output, all: flags.all === true },
    // Rows that go elsewhere leave the line where it is.
    beforeWrite: () => {
      if (io.stdout.isTTY === true) progress.clear();
    },
  });
  let count = 0;
  let restarts = 0;
  let refused = 0;
  try {
    for await (const { id, value, where } of stream.pods) {
      const verdict = auditPod(value, where);
      count += 1;
      if (needsRestart(verdict)) restarts += 1;
      if (verdict.kind === "refused") refused += 1;
      writer.pod(id, verdict);
      progress.show(stream.progress(), `${count} pods, ${restarts} to restart`);
    }
  } finally {
    progress.clear();
  }
  writer.end();
  return restarts + refused === 0 ? 0 : 1;
}

async function readMeshConfig({ file = [], set = [] }: Flags<typeof FLAGS>, { stdin }: Io) {
  const inputs = await readPlanInputs(file, stdin, set.flatMap(meshOverrides), []);
  const [pod] = inputs.pods;
  if (file.length > 0 && !inputs.lacksPod && pod !== undefined) {
    throw new InputError({ where: pod.locate([]), message: "is a pod; give the pods by --pods" });
  }
  const { meshConfig } = readMessages(inputs);
  return readPlanRequest(create(PlanRequestSchema, { meshConfig })).input.meshConfig ?? {};
}
