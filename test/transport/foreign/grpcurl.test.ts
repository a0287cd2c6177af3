import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../test-server.ts";
import { GRPCURL, lackingGrpcurl, output } from "./requirements.ts";

const server = testServer();
const skip = lackingGrpcurl();

/** Runs grpcurl, which knows of the contract what the server tells it. */
async function grpcurl(input: string, ...args: readonly string[]) {
  const flags = input === "" ? [] : ["-d", "@"];
  return output(
    GRPCURL,
    ["-plaintext", "-format-error", ...flags, `127.0.0.1:${server.port}`, ...args],
    input,
  );
}

test("grpcurl lists the services and their methods by reflection", { skip }, async () => {
  const services = await grpcurl("", "list");
  assert.deepEqual(services.stdout.trim().split("\n"), [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "redirect.v1.RedirectPlanner",
  ]);
  const methods = await grpcurl("", "list", "redirect.v1.RedirectPlanner");
  assert.deepEqual(
    methods.stdout.trim().split("\n"),
    ["Compare", "Explain", "Plan", "PlanStream", "Verify"].map(
      (name) => `redirect.v1.RedirectPlanner.${name}`,
    ),
  );
});

test("grpcurl describes services, methods, messages and the details of errors by reflection", {
  skip,
}, async () => {
  for (const [symbol, line] of [
    ["redirect.v1.RedirectPlanner", /rpc PlanStream \( stream \.redirect\.v1\.PlanStreamRequest \)/],
    ["redirect.v1.RedirectPlanner.Plan", /option idempotency_level = NO_SIDE_EFFECTS/],
    ["redirect.v1.TrafficSpec", /json_name = "outboundIPRangeExclusionList"/],
    ["google.rpc.BadRequest", /repeated \.google\.rpc\.BadRequest\.FieldViolation/],
    ["google.rpc.Status", /repeated \.google\.protobuf\.Any details/],
    ["google.protobuf.Any", /string type_url/],
  ] as const) {
    const { code, stdout } = await grpcurl("", "describe", symbol);
    assert.equal(code, 0, symbol);
    assert.match(stdout, line, symbol);
  }
  assert.notEqual((await grpcurl("", "describe", "redirect.v2.Planner")).code, 0);
});

test("grpcurl plans a pod as kubectl prints it, and reads why another is refused", { skip }, async () => {
  const mesh = '{"spec":{"traffic":{"outboundIPRangeExclusionList":["54.91.118.50/32"]}}}';
  const planned = await grpcurl(`{"meshConfig":${mesh}}`, "redirect.v1.RedirectPlanner/Plan");
  assert.match(JSON.parse(planned.stdout).script, /-d 54\.91\.118\.50\/32 -j RETURN$/);
  const refused = await grpcurl('{"pod":{"spec":{"hostNetwork":true}}}', "redirect.v1.RedirectPlanner/Plan");
  assert.equal(refused.code, 64 + 3);
});

test("grpcurl plans many pods in a stream, and names the details of the errors in it", { skip }, async () => {
  const messages =
    '{"items":[{"id":"a"},{"id":"b","request":{"pod":{"spec":{"hostNetwork":true}}}}]}{"items":[{"id":"c"}]}';
  const { code, stdout } = await grpcurl(messages, "redirect.v1.RedirectPlanner/PlanStream");
  assert.equal(code, 0);
  // grpcurl prints a message behind the other.
  const [first, second] = stdout.split(/^(?=\{)/m).map((text) => JSON.parse(text));
  assert.deepEqual(
    first.items.map(({ id, error }: { id: string; error?: { code: number } }) => [id, error?.code]),
    [
      ["a", undefined],
      ["b", 3],
    ],
  );
  assert.deepEqual(
    first.items[1].error.details.map((detail: Record<string, unknown>) => detail["@type"]),
    ["type.googleapis.com/google.rpc.BadRequest", "type.googleapis.com/google.rpc.ErrorInfo"],
  );
  assert.equal(second.items[0].id, "c");
});
