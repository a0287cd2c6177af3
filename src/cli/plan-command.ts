import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MeshConfigSchema } from "../gen/redirect/v1/mesh_config_pb.ts";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import { PodSchema } from "../gen/redirect/v1/pod_pb.ts";
import { createPlanner } from "../plan.ts";
import type { PlanInput } from "../policy/inputs.ts";
import { readPlanRequest } from "../service/plan-input.ts";
import type { Command } from "./command.ts";
import { readMessage } from "./input/message-reader.ts";
import type { Overridden } from "./input/override.ts";
import { parsePath } from "./input/path.ts";
import { type PlanInputs, readPlanInputs } from "./input/plan-inputs.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { createFindingReport } from "./output/finding-report.ts";
import { createPlanWriter } from "./output/plan-writer.ts";
import { readPlanFlags } from "./plan-flags.ts";
import { PLAN_HELP } from "./plan-help.ts";
import { flagOfOption } from "./plan-options.ts";

/** `redirect-planner plan`: plans pods, without a server. */
export const planCommand: Command = { help: PLAN_HELP, run: plan };

async function plan(argv: readonly string[], io: Io): Promise<number> {
  const { output, options, ...flags } = readPlanFlags(argv);
  const inputs = await readPlanInputs(flags.files, io.stdin, flags.meshOverrides, flags.podOverrides);
  const { meshConfig, pods } = readMessages(inputs);
  const report = createFindingReport(io.stderr, io.env);
  const write = createPlanWriter({ stream: io.stdout, env: io.env, output, bulk: inputs.bulk });
  if (inputs.lacksPod) report.note("no pod in the files: this is the plan of a pod without annotations");

  const planner = createPlanner(planInput({ meshConfig }).meshConfig ?? {}, options);
  let exitCode = 0;
  for (const { source, pod } of pods) {
    const outcome = planner.plan(planInput({ pod }).pod);
    const where = (field: string): string => sourceOf(field, inputs.meshConfig, source);
    switch (outcome.kind) {
      case "planned":
        report.findings(outcome.plan.findings, where);
        break;
      case "refused":
        report.findings(outcome.findings, where);
        exitCode = 1;
        break;
      case "inexpressible":
        report.error("command line", outcome.reason);
        exitCode = 1;
    }
    write(source, outcome);
  }
  return exitCode;
}

/** What the engine reads of a request, by the service's own reading of it. */
function planInput(request: MessageInitShape<typeof PlanRequestSchema>): PlanInput {
  return readPlanRequest(create(PlanRequestSchema, request)).input;
}

/** Reads the mesh config and every pod, and throws all faults of all of them at once. */
function readMessages({ meshConfig, pods }: PlanInputs) {
  const faults: InputError["faults"][number][] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const mesh = attempt(() => readMessage(MeshConfigSchema, meshConfig.value, meshConfig.locate));
  const messages = pods.flatMap((source) => {
    const pod = attempt(() => readMessage(PodSchema, source.value, source.locate));
    return pod === undefined ? [] : [{ source, pod }];
  });
  if (mesh === undefined || faults.length > 0) throw new InputError(...faults);
  return { meshConfig: mesh, pods: messages };
}

/** The file or flag that a finding's field comes from. */
function sourceOf(field: string, meshConfig: Overridden, pod: Overridden): string {
  const [root, ...path] = parsePath(field);
  switch (root) {
    case "meshConfig":
      return meshConfig.locate(path);
    case "pod":
      return pod.locate(path);
    case "options":
      return flagOfOption(String(path[0])) ?? "command line";
    default:
      return "plan";
  }
}
