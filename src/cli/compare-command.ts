import { create, toJson } from "@bufbuild/protobuf";
import {
  CompareRequestSchema,
  type CompareResponse,
  CompareResponseSchema,
} from "../gen/redirect/v1/compare_pb.ts";
import { compare as askService } from "../service/comparer.ts";
import { planOf } from "../service/plan-of.ts";
import type { Command } from "./command.ts";
import { COMPARE_FLAGS, readSide, refuseNothingToCompare, type Side } from "./compare-flags.ts";
import { COMPARE_HELP } from "./compare-help.ts";
import { choice, readFlags } from "./flags.ts";
import { rulesOfPlan, rulesOfText, type SourcedRules } from "./input/sourced-rules.ts";
import { refuseSharedInput, replayable } from "./input/standard-input.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { comparisonText } from "./output/comparison-text.ts";
import { createFindingReport } from "./output/finding-report.ts";
import { paintFor } from "./output/palette.ts";
import { answerOf } from "./service-answer.ts";

/** `redirect-planner compare`: tells which packets fare differently under two sets of rules. */
export const compareCommand: Command = { help: COMPARE_HELP, run: compare };

async function compare(argv: readonly string[], { stdin, ...io }: Io): Promise<number> {
  const flags = readFlags(argv, COMPARE_FLAGS);
  const output = choice("--output", flags.output, ["text", "json", "repair-script"]) ?? "text";
  refuseNothingToCompare(flags);
  refuseSharedInput({
    "-f": flags.file,
    "--before": flags.before,
    "--before-file": flags["before-file"],
    "--after": flags.after,
    "--after-file": flags["after-file"],
  });
  // Files that both sides have may be standard input.
  const surroundings: Io = { ...io, stdin: replayable(stdin) };
  const before = await readRules(readSide("before", flags), surroundings);
  const after = await readRules(readSide("after", flags), surroundings);

  const response = answerOf(
    () => askService(create(CompareRequestSchema, { before: before.source, after: after.source })),
    (field) => (field.startsWith("before") ? before : after).locate(field),
  );
  switch (output) {
    case "json":
      io.stdout.write(`${JSON.stringify(toJson(CompareResponseSchema, response), null, 2)}\n`);
      break;
    case "repair-script":
      writeRepair(response, surroundings);
      break;
    case "text":
      io.stdout.write(comparisonText(response, { before, after, paint: paintFor(io.stdout, io.env) }));
  }
  return response.equal ? 0 : 1;
}

async function readRules(side: Side, io: Io): Promise<SourcedRules> {
  switch (side.kind) {
    case "text":
      return await rulesOfText(side.file, io);
    case "plan": {
      const rules = await rulesOfPlan(side.flags, io);
      const { source } = rules.source;
      // The service does not say which side's inputs it refuses: each is planned by itself first.
      if (source.case === "request") answerOf(() => planOf(source.value), rules.locate);
      return rules;
    }
  }
}

function writeRepair(
  { equal, repairScript, repairNotes }: CompareResponse,
  { stdout, stderr, env }: Io,
): void {
  if (!equal && repairScript === "") {
    throw new InputError({ where: "--output repair-script", message: repairNotes.join("; ") });
  }
  const report = createFindingReport(stderr, env);
  for (const note of repairNotes) report.note(note);
  stdout.write(repairScript);
}
