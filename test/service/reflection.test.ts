import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  ExtensionRequestSchema,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "../../src/gen/grpc/reflection/v1/reflection_pb.ts";
import { RedirectPlanner } from "../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { reflectionRoutes } from "../../src/service/reflection.ts";

const routes = reflectionRoutes([RedirectPlanner]);

/** What each of the services says to questions, one behind the other. */
async function ask(...questions: readonly ServerReflectionRequest["messageRequest"][]) {
  async function* requests() {
    for (const messageRequest of questions) {
      const request = create(ServerReflectionRequestSchema, { host: "h", messageRequest });
      yield toBinary(ServerReflectionRequestSchema, request);
    }
  }
  const [answers, ofAlpha] = await Promise.all(
    routes.map(async (route) => {
      assert.equal(route.kind, "stream");
      const signal = new AbortController().signal;
      const stream = route.answer(requests(), { format: "binary", signal });
      return (await Array.fromAsync(stream)).map(({ message }) =>
        fromBinary(ServerReflectionResponseSchema, message),
      );
    }),
  );
  assert.deepEqual(answers, ofAlpha, "v1 and v1alpha say the same");
  return (answers ?? []).map(({ messageResponse }) => messageResponse);
}

type Answer = Awaited<ReturnType<typeof ask>>[number];

function filesIn(answer: Answer | undefined): readonly string[] {
  assert.equal(answer?.case, "fileDescriptorResponse");
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

test("the answer to a question for a file has it first, and all that it imports", async () => {
  const [byName, ...bySymbol] = await ask(
    { case: "fileByFilename", value: "redirect/v1/plan_stream.proto" },
    { case: "fileContainingSymbol", value: "redirect.v1.PlanItem" },
    { case: "fileContainingSymbol", value: "google.rpc.BadRequest.FieldViolation" },
    { case: "fileContainingSymbol", value: "redirect.v1.RedirectPlanner.Plan" },
    { case: "fileContainingSymbol", value: "redirect.v1.Dialect" },
  );
  const files = filesIn(byName);
  assert.equal(files[0], "redirect/v1/plan_stream.proto");
  assert.ok(files.includes("google/protobuf/any.proto") && files.includes("redirect/v1/pod.proto"));
  assert.equal(new Set(files).size, files.length);
  assert.deepEqual(
    bySymbol.map((answer) => filesIn(answer)[0]),
    [
      "redirect/v1/plan_stream.proto",
      "google/rpc/error_details.proto",
      "redirect/v1/redirect_planner.proto",
      "redirect/v1/plan.proto",
    ],
  );
});

test("a question without an answer gets an error, and the next one its answer", async () => {
  const answers = await ask(
    { case: "fileByFilename", value: "nothing.proto" },
    { case: "fileContainingSymbol", value: "redirect.v1.Nothing" },
    { case: "fileContainingExtension", value: create(ExtensionRequestSchema, { containingType: "a.B" }) },
    { case: "allExtensionNumbersOfType", value: "redirect.v1.Nothing" },
    { case: undefined },
    { case: "allExtensionNumbersOfType", value: "redirect.v1.Pod" },
    { case: "listServices", value: "" },
  );
  assert.deepEqual(
    answers.map(({ case: kind, value }) => (kind === "errorResponse" ? value.errorCode : kind)),
    [5, 5, 5, 5, 3, "allExtensionNumbersResponse", "listServicesResponse"],
  );
});
