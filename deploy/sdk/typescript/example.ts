/** Reads a plan's request as JSON from standard input, calls the planner, and prints the script, or all that is wrong. */
import { text } from "node:stream/consumers";
import { fromJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PlanRequestSchema,
  RedirectPlanner,
} from "redirect-planner-client";

const planner = createClient(RedirectPlanner, createGrpcTransport({ baseUrl: "http://localhost:9000" }));

try {
  const input = await text(process.stdin);
  const request = fromJsonString(PlanRequestSchema, input, { ignoreUnknownFields: true });
  const { script } = await planner.plan(request, { timeoutMs: 5000 });
  console.log(script);
} catch (error) {
  printRefusal(ConnectError.from(error));
  process.exitCode = 1;
}

function printRefusal(error: ConnectError): void {
  console.log(Code[error.code]);
  for (const { fieldViolations } of error.findDetails(BadRequestSchema)) {
    for (const { reason, field, description } of fieldViolations) console.log(reason, field, description);
  }
  for (const { reason } of error.findDetails(ErrorInfoSchema)) console.log(reason);
}
