import { create, toJson } from "@bufbuild/protobuf";
import { VerifyRequestSchema, VerifyResponseSchema } from "../gen/redirect/v1/verify_pb.ts";
import { verify as askService } from "../service/verifier.ts";
import type { Command } from "./command.ts";
import { choice, readFlags } from "./flags.ts";
import { readPlanRequest } from "./input/plan-request.ts";
import { rulesOfText } from "./input/sourced-rules.ts";
import { refuseSharedInput } from "./input/standard-input.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./output/palette.ts";
import { proofText } from "./output/proof-text.ts";
import { REQUEST_FLAGS, REQUEST_FLAGS_HELP, readRequestFlags } from "./request-flags.ts";
import { answerOf } from "./service-answer.ts";

/** `redirect-planner verify`: proves that rules do what is meant, or refutes it. */
export const verifyCommand: Command = {
  help: `Proves what rules do to every packet that there can be: that nothing is intercepted that should not be, nothing
escapes, nothing loops. What does not hold is refuted by a packet. No packet is sent.

Usage: redirect-planner verify [-f FILE]... [flags]

What is meant, and the rules, where --rules does not give them:
${REQUEST_FLAGS_HELP}
The rules:
      --rules FILE            What a pod has, or a script would make: the output of iptables-save, a script,
                              a document for iptables-restore, or JSON of nft. - is standard input.
                              Default: the plan's own

What to print:
  -o, --output NAME           text  the properties with their proofs and counterexamples, and the rules that no
                                    packet reaches (default); + marks what is proved, - what is refuted
                              json  the answer of the server: a VerifyResponse

Examples:
  # What does the script of OSM 0.11 not do? And the hardened one?
  redirect-planner verify -f meshconfig.yaml -f pod.yaml
  redirect-planner verify -f meshconfig.yaml -f pod.yaml --dialect hardened

  # Does a running pod have what it should?
  kubectl exec curl -c envoy -- iptables-save | redirect-planner verify -f meshconfig.yaml -f pod.yaml --rules -

Exit codes: 0 everything holds, 1 something is refuted or an input was refused, 2 the command line is wrong.
`,
  run: verify,
};

const FLAGS = {
  ...REQUEST_FLAGS,
  rules: { type: "string" },
  output: { type: "string", short: "o" },
} as const;

async function verify(argv: readonly string[], io: Io): Promise<number> {
  const flags = readFlags(argv, FLAGS);
  const output = choice("--output", flags.output, ["text", "json"]) ?? "text";
  refuseSharedInput({ "-f": flags.file, "--rules": flags.rules });
  const { request, title, locate } = await readPlanRequest(readRequestFlags(flags), io.stdin);
  const rules = flags.rules === undefined ? undefined : await rulesOfText(flags.rules, io);

  const response = answerOf(
    () =>
      askService(
        create(VerifyRequestSchema, { intent: request, ...(rules !== undefined && { rules: rules.source }) }),
      ),
    (field) => (field.startsWith("rules") && rules !== undefined ? rules.locate(field) : locate(field)),
  );
  if (output === "json") {
    io.stdout.write(`${JSON.stringify(toJson(VerifyResponseSchema, response), null, 2)}\n`);
  } else {
    const paint = paintFor(io.stdout, io.env);
    io.stdout.write(proofText(response, { title: rules?.title ?? `the plan of ${title}`, locate, paint }));
  }
  return response.holds ? 0 : 1;
}
