import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import fc from "fast-check";
import {
  Dialect,
  Enforcement,
  type PlanRequest,
  PlanRequestSchema,
  PlanResponseSchema,
  ScriptFormat,
} from "../../src/gen/redirect/v1/plan_pb.ts";
import { type Finding, refuses } from "../../src/policy/finding.ts";
import { type FramedMessage, framed, HEAD_BYTES } from "../../src/service/frame.ts";
import { createKeptAnswers, type KeptAnswers, type PlanAnswer } from "../../src/service/kept-answers.ts";
import { readPlanRequest } from "../../src/service/plan-input.ts";
import { planResponse } from "../../src/service/plan-response.ts";
import { planRoute } from "../../src/service/plan-route.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { proofOf } from "../../src/service/proof.ts";
import { refusal } from "../../src/service/refusal.ts";
import { rulesOfPlan } from "../../src/service/rule-source.ts";
import { inexpressible, ServiceError } from "../../src/service/service-error.ts";
import { encodeStatus } from "../../src/service/status.ts";
import { provedPlan } from "../proof/proved-plan.ts";

/** Few values each, so that requests come again, whole and in parts. */
const requests = fc
  .record({
    ports: fc.constantFrom<number[]>([], [6379], [6379, 70_000], [15_003]),
    ranges: fc.constantFrom<string[]>([], ["10.0.0.0/8", "10.1.0.0/16"], ["no range"]),
    annotation: fc.constantFrom("", "80,81", "80,81", "x"),
    name: fc.constantFrom("a", "b"),
    containerPort: fc.constantFrom(8080, 15_000),
    hostNetwork: fc.boolean(),
    dialect: fc.constantFrom(Dialect.UNSPECIFIED, Dialect.OSM_V1_2, Dialect.HARDENED, 99 as Dialect),
    scriptFormat: fc.constantFrom(ScriptFormat.UNSPECIFIED, ScriptFormat.COMMANDS, ScriptFormat.NFTABLES),
    enforcement: fc.constantFrom(Enforcement.UNSPECIFIED, Enforcement.REPORT),
    verify: fc.boolean(),
  })
  .map((chosen) =>
    toBinary(
      PlanRequestSchema,
      create(PlanRequestSchema, {
        meshConfig: {
          spec: {
            traffic: {
              outboundPortExclusionList: chosen.ports,
              outboundIpRangeExclusionList: chosen.ranges,
            },
          },
        },
        pod: {
          metadata: {
            name: chosen.name,
            annotations: { "openservicemesh.io/outbound-port-exclusion-list": chosen.annotation },
          },
          spec: {
            hostNetwork: chosen.hostNetwork,
            containers: [{ name: "app", ports: [{ containerPort: chosen.containerPort }] }],
          },
        },
        options: {
          dialect: chosen.dialect,
          scriptFormat: chosen.scriptFormat,
          enforcement: chosen.enforcement,
          verify: chosen.verify,
        },
      }),
    ),
  );

/** What a request says without anything that is kept. */
interface Said {
  /** The encoded answer, or the encoded status. */
  readonly bytes: Uint8Array;
  /** The codes of the findings that it shows. */
  readonly codes: readonly string[];
}

function saidAlone(encoded: Uint8Array): Said {
  const request = fromBinary(PlanRequestSchema, encoded);
  const { input, findings } = readPlanRequest(request);
  if (findings.length > 0) return refused(findings, "strict");
  const outcome = provedPlan(input);
  switch (outcome.kind) {
    case "refused":
      return refused(outcome.findings, input.options?.enforcement ?? "strict");
    case "inexpressible":
      return { bytes: encodeStatus(inexpressible(outcome.reason)), codes: [] };
    case "planned": {
      const { plan } = outcome;
      const proof = request.options?.verify ? proofOf(rulesOfPlan(plan, "plan"), plan) : undefined;
      const bytes = toBinary(PlanResponseSchema, planResponse(plan, proof));
      return { bytes, codes: plan.findings.map(({ code }) => code) };
    }
  }
}

function refused(findings: readonly Finding[], enforcement: "strict" | "report"): Said {
  const refusing = findings.filter((finding) => refuses([finding], enforcement));
  return {
    bytes: encodeStatus(refusal(findings, enforcement)),
    codes: refusing.map(({ code }) => code),
  };
}

function routeWith(kept: KeptAnswers, plan = redirectPlanner.plan) {
  const codes: string[] = [];
  const { answer, completedBy } = planRoute({
    plan,
    kept,
    countFinding: (code) => codes.push(code),
    reportFault: () => {},
  });
  const said = (ask: () => FramedMessage): Uint8Array => {
    try {
      return ask().message;
    } catch (error) {
      if (error instanceof ServiceError) return encodeStatus(error);
      throw error;
    }
  };
  const outcomeOf = (bytes: Uint8Array): Uint8Array => said(() => answer(bytes, {}));
  const outcomesUnder = (defaults: Uint8Array): ((bytes: Uint8Array) => Uint8Array) => {
    const answerTo = completedBy(defaults);
    return (bytes) => said(() => answerTo(bytes));
  };
  /** The codes that a request had counted. */
  const codesOf = (bytes: Uint8Array): readonly string[] => {
    codes.length = 0;
    outcomeOf(bytes);
    return [...codes];
  };
  return { outcomeOf, outcomesUnder, codesOf };
}

test("an answer that is kept is the answer, byte for byte, and so is every refusal", () => {
  // One with room for all, one that forgets all the time, and one that keeps nothing.
  const routes = [1 << 24, 60_000, 0].map((room) => routeWith(createKeptAnswers(room)));
  fc.assert(
    fc.property(requests, (bytes) => {
      const expected = Buffer.from(saidAlone(bytes).bytes);
      for (const { outcomeOf } of routes) {
        assert.ok(expected.equals(outcomeOf(bytes)));
        assert.ok(expected.equals(outcomeOf(bytes)));
      }
    }),
    { numRuns: 300 },
  );
});

/** The fields of a request that are in some of three parts. */
function part(bytes: Uint8Array, has: (field: string) => boolean): Uint8Array {
  const request = fromBinary(PlanRequestSchema, bytes);
  for (const field of PlanRequestSchema.fields)
    if (!has(field.localName)) reflect(PlanRequestSchema, request).clear(field);
  return toBinary(PlanRequestSchema, request);
}

test("a request that defaults complete is answered as the complete request is, kept or not", () => {
  const routes = [1 << 24, 0].map((room) => routeWith(createKeptAnswers(room)));
  const fields = fc.subarray(PlanRequestSchema.fields.map(({ localName }) => localName));
  fc.assert(
    fc.property(requests, requests, fields, (bytes, defaults, own) => {
      const request = part(bytes, (field) => own.includes(field));
      const complete = Buffer.concat([request, part(defaults, (field) => !own.includes(field))]);
      const expected = Buffer.from(saidAlone(complete).bytes);
      for (const { outcomesUnder } of routes) {
        assert.ok(expected.equals(outcomesUnder(defaults)(request)));
        assert.ok(expected.equals(outcomesUnder(defaults)(request)));
      }
    }),
    { numRuns: 200 },
  );
});

test("defaults that are no message are an error of each request, and of no other", () => {
  const { outcomesUnder } = routeWith(createKeptAnswers(1 << 24));
  const broken = outcomesUnder(Buffer.from([0x0a, 9]));
  const empty = new Uint8Array();
  assert.match(Buffer.from(broken(empty)).toString(), /MALFORMED_REQUEST/);
  assert.match(Buffer.from(broken(empty)).toString(), /MALFORMED_REQUEST/);
  assert.ok(Buffer.from(saidAlone(empty).bytes).equals(outcomesUnder(empty)(empty)));
});

test("a request whose bytes are the key of another under defaults gets its own answer", () => {
  const { outcomeOf, outcomesUnder } = routeWith(createKeptAnswers(1 << 24));
  const defaults = toBinary(
    PlanRequestSchema,
    create(PlanRequestSchema, { options: { dialect: Dialect.HARDENED } }),
  );
  const request = toBinary(
    PlanRequestSchema,
    create(PlanRequestSchema, { pod: { metadata: { name: "a-pod" } } }),
  );
  // Of a field that the contract does not name: eight bytes behind the first.
  const forged = Buffer.concat([Buffer.from("1 "), request]);
  for (let again = 0; again < 2; again++) {
    const complete = Buffer.concat([request, defaults]);
    assert.ok(Buffer.from(saidAlone(complete).bytes).equals(outcomesUnder(defaults)(request)));
    assert.ok(Buffer.from(routeWith(createKeptAnswers(0)).outcomeOf(forged)).equals(outcomeOf(forged)));
  }
});

test("the findings of an answer that is kept are counted each time it is given", () => {
  fc.assert(
    fc.property(requests, (bytes) => {
      const { codesOf } = routeWith(createKeptAnswers(1 << 24));
      const expected = saidAlone(bytes).codes;
      assert.deepEqual(codesOf(bytes), expected);
      assert.deepEqual(codesOf(bytes), expected);
    }),
    { numRuns: 50 },
  );
});

test("what is kept stays within its room, and what was asked for last stays", () => {
  const kept = createKeptAnswers(100_000);
  const answerOf = (size: number) => (): PlanAnswer => ({
    kind: "planned",
    digest: "",
    encoded: framed([Buffer.alloc(size)]),
    codes: [],
  });
  for (let call = 0; call < 1_000; call++) {
    kept.get(Buffer.from(`request ${call}`), 0, answerOf(1 + ((call * 997) % 20_000)));
    kept.get(Buffer.from("often"), 0, answerOf(100));
    assert.ok(kept.use().bytes <= 100_000);
  }
  const { hits, misses, answers } = kept.use();
  assert.deepEqual({ hits, misses }, { hits: 999, misses: 1_001 });
  assert.ok(answers > 5);
});

test("an answer that takes an eighth of the room or more pushes out nothing", () => {
  const kept = createKeptAnswers(80_000);
  const small = Buffer.from("small");
  kept.get(small, 0, () => ({ kind: "planned", digest: "", encoded: framed([Buffer.alloc(10)]), codes: [] }));
  for (let call = 0; call < 100; call++) {
    kept.get(Buffer.from(`large ${call}`), 0, () => ({
      kind: "planned",
      digest: "",
      encoded: framed([Buffer.alloc(10_000)]),
      codes: [],
    }));
  }
  assert.equal(kept.use().answers, 1);
});

test("a request that fails on a bug, or on a budget, is tried again", () => {
  const failures = [new TypeError("a bug"), new ServiceError("RESOURCE_EXHAUSTED", "too complex")];
  const bytes = toBinary(PlanRequestSchema, create(PlanRequestSchema));
  for (const failure of failures) {
    const thrown = [failure];
    const { outcomeOf } = routeWith(createKeptAnswers(1 << 20), (request: PlanRequest) => {
      const next = thrown.pop();
      if (next !== undefined) throw next;
      return redirectPlanner.plan(request);
    });
    outcomeOf(bytes);
    assert.ok(Buffer.from(saidAlone(bytes).bytes).equals(outcomeOf(bytes)));
  }
});

test("an answer is encoded as what it says, also where somebody changed a copy of it", () => {
  const bytes = toBinary(PlanRequestSchema, create(PlanRequestSchema));
  const original = routeWith(createKeptAnswers(0)).outcomeOf(bytes);
  const { outcomeOf } = routeWith(createKeptAnswers(0), (request: PlanRequest) => ({
    ...redirectPlanner.plan(request),
    script: "true",
  }));
  assert.equal(fromBinary(PlanResponseSchema, outcomeOf(bytes)).script, "true");
  assert.notEqual(fromBinary(PlanResponseSchema, original).script, "true");
});

test("an answer that is kept keeps no memory beside its bytes", () => {
  const { outcomeOf } = routeWith(createKeptAnswers(1 << 20));
  const answer = outcomeOf(toBinary(PlanRequestSchema, create(PlanRequestSchema)));
  assert.equal(answer.buffer.byteLength, HEAD_BYTES + answer.byteLength);
});
