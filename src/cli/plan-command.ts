import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import { createPlanner } from "../plan.ts";
import type { PlanInput } from "../policy/inputs.ts";
import { readPlanRequest } from "../service/plan-input.ts";
import type { Command } from "./command.ts";
import { sourceOf } from "./input/field-source.ts";
import { readPlanInputs } from "./input/plan-inputs.ts";
import { readMessages } from "./input/plan-messages.ts";
import type { Io } from "./io.ts";
import { createFindingReport } from "./output/finding-report.ts";
import { createPlanWriter } from "./output/plan-writer.ts";
import { readPlanFlags } from "./plan-flags.ts";
import { PLAN_HELP } from "./plan-help.ts";

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
