import { create, toJson } from "@bufbuild/protobuf";
import { ExplainRequestSchema, ExplainResponseSchema } from "../gen/redirect/v1/explain_pb.ts";
import { explain as askService } from "../service/explainer.ts";
import type { Command } from "./command.ts";
import { EXPLAIN_HELP } from "./explain-help.ts";
import { choice, readFlagsAndWords } from "./flags.ts";
import { parsePackets } from "./input/packet-words.ts";
import { parsePath } from "./input/path.ts";
import { rulesOfPlan, rulesOfText } from "./input/sourced-rules.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./output/palette.ts";
import { traceText } from "./output/trace-text.ts";
import { REQUEST_FLAGS, readRequestFlags, refuseRequestFlags } from "./request-flags.ts";
import { answerOf } from "./service-answer.ts";

/** `redirect-planner explain`: tells what rules do to packets. */
export const explainCommand: Command = { help: EXPLAIN_HELP, run: explain };

const FLAGS = {
  ...REQUEST_FLAGS,
  rules: { type: "string" },
  output: { type: "string", short: "o" },
} as const;

async function explain(argv: readonly string[], io: Io): Promise<number> {
  const { flags, words } = readFlagsAndWords(argv, FLAGS);
  const output = choice("--output", flags.output, ["text", "json"]) ?? "text";
  const packets = parsePackets(words);
  if (flags.rules !== undefined) refuseRequestFlags(flags, "--rules has the rules");
  const rules =
    flags.rules === undefined
      ? await rulesOfPlan(readRequestFlags(flags), io)
      : await rulesOfText(flags.rules, io);

  const request = create(ExplainRequestSchema, { rules: rules.source, packets: [...packets] });
  const response = answerOf(
    () => askService(request),
    (field) => packetAt(field, words) ?? rules.locate(field),
  );
  if (output === "json") {
    io.stdout.write(`${JSON.stringify(toJson(ExplainResponseSchema, response), null, 2)}\n`);
    return 0;
  }
  const paint = paintFor(io.stdout, io.env);
  const texts = response.traces.map((trace, index) =>
    traceText(trace, { title: words[index] ?? "", locate: rules.locate, paint }),
  );
  io.stdout.write(texts.join("\n"));
  return 0;
}

/** The packet that a field of the request is about; undefined for other fields. */
function packetAt(field: string, words: readonly string[]): string | undefined {
  const [root, index] = parsePath(field);
  return root === "packets" && typeof index === "number" ? `packet '${words[index] ?? ""}'` : undefined;
}
