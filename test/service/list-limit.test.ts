import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { CompareRequestSchema } from "../../src/gen/redirect/v1/compare_pb.ts";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { RedirectPlanner } from "../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { limitLists, MOST_LIST_ITEMS } from "../../src/service/list-limit.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { ServiceError } from "../../src/service/service-error.ts";

const LIMIT = 3;
const limited = limitLists(RedirectPlanner, redirectPlanner, LIMIT);

type Request = MessageInitShape<typeof PlanRequestSchema>;

const ports = (count: number): number[] => Array.from({ length: count }, (_, index) => 7000 + index);
const KEY = "openservicemesh.io/outbound-port-exclusion-list";

/** A request whose lists have so many items. */
function withItems(count: number): Request {
  return {
    meshConfig: {
      spec: {
        traffic: {
          outboundPortExclusionList: ports(count),
          outboundIpRangeExclusionList: ports(count).map((port) => `10.0.${port % 250}.0/24`),
        },
      },
    },
    pod: {
      metadata: { annotations: { [KEY]: ports(count).join(","), note: ",".repeat(LIMIT + 1) } },
      spec: { containers: ports(count).map((port) => ({ name: `c${port}` })) },
    },
  };
}

/** What is wrong with a request, a line each. */
function faultsOf(call: () => unknown): readonly string[] {
  try {
    call();
    return [];
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    return error.details.flatMap((detail) =>
      detail.kind === "bad-request"
        ? (detail.value.fieldViolations ?? []).map(({ field, description }) => `${field}: ${description}`)
        : [],
    );
  }
}

test("lists of as many items as are allowed are planned with, and every longer one is named", () => {
  const plan = (count: number) => () => limited.plan(create(PlanRequestSchema, withItems(count)));
  assert.deepEqual(faultsOf(plan(LIMIT)), []);
  const fields = [
    "meshConfig.spec.traffic.outboundIPRangeExclusionList",
    "meshConfig.spec.traffic.outboundPortExclusionList",
    `pod.metadata.annotations["${KEY}"]`,
    "pod.spec.containers",
  ];
  assert.deepEqual(
    faultsOf(plan(LIMIT + 1)).toSorted(),
    fields.map((field) => `${field}: The list has 4 items; it may have 3`),
  );
});

test("a list inside a rule set to compare is named by where it is", () => {
  const request = create(CompareRequestSchema, {
    before: { source: { case: "request", value: withItems(LIMIT) } },
    after: { source: { case: "request", value: { options: { excludedUids: ports(LIMIT + 1) } } } },
  });
  assert.deepEqual(
    faultsOf(() => limited.compare(request)),
    ["after.request.options.excludedUids: The list has 4 items; it may have 3"],
  );
});

test("without another limit than the engine's the handlers are what they were", () => {
  assert.equal(limitLists(RedirectPlanner, redirectPlanner, MOST_LIST_ITEMS), redirectPlanner);
});
