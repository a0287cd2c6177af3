import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { provedPlan } from "../../proof/proved-plan.ts";
import type { Info, Violation } from "../clients/client.ts";
import { testServer } from "../test-server.ts";
import { lackingGrpcio, output, PYTHON } from "./requirements.ts";

const repository = join(import.meta.dirname, "../../..");
const server = testServer();
const skip = lackingGrpcio();

const scratch = mkdtempSync(join(tmpdir(), "grpcio-"));
after(() => rmSync(scratch, { recursive: true }));

/** The contract as protoc writes it, so that Python knows it from the same files as everybody. */
const contract = join(scratch, "contract.binpb");
if (!skip) {
  const buf = join(repository, "node_modules/.bin/buf");
  execFileSync(buf, ["build", "--as-file-descriptor-set", "-o", contract], { cwd: repository });
}

interface Call {
  readonly method: string;
  readonly request?: unknown;
  /** In base64. */
  readonly bytes?: string;
}

interface Answer {
  readonly code: string;
  readonly message: string;
  readonly violations: readonly Partial<Violation>[];
  readonly errorInfo?: Info;
  readonly response?: { readonly script: string };
}

async function grpcio(...calls: readonly Call[]): Promise<readonly Answer[]> {
  const script = join(import.meta.dirname, "grpc_client.py");
  const { code, stdout } = await output(
    PYTHON,
    [script, String(server.port), contract],
    JSON.stringify(calls),
  );
  assert.equal(code, 0);
  return JSON.parse(stdout) as readonly Answer[];
}

function excluding(...ranges: readonly string[]): Call {
  const traffic = { outboundIPRangeExclusionList: ranges };
  return { method: "Plan", request: { meshConfig: { spec: { traffic } } } };
}

test("Python's grpcio gets the script of the page's demo", { skip }, async () => {
  const [answer] = await grpcio(excluding("54.91.118.50/32"));
  const meshConfig = { spec: { traffic: { outboundIpRangeExclusionList: ["54.91.118.50/32"] } } };
  const outcome = provedPlan({ meshConfig });
  assert.equal(outcome.kind, "planned");
  assert.equal(answer?.response?.script, outcome.plan.script);
});

test("Python's grpcio gets every finding of a bad request", { skip }, async () => {
  const [answer] = await grpcio(excluding("10.0.0.0/33", "1.1.1.1/32", "é"));
  assert.equal(answer?.code, "INVALID_ARGUMENT");
  assert.deepEqual(
    answer.violations.map(({ field, reason }) => [field, reason]),
    [0, 2].map((index) => [`meshConfig.spec.traffic.outboundIPRangeExclusionList[${index}]`, "INVALID_CIDR"]),
  );
  assert.match(answer.violations[1]?.description ?? "", /'é'/);
  assert.equal(answer.errorInfo?.reason, "INVALID_CIDR");
  assert.equal(answer.errorInfo.domain, "redirect.v1");
});

test("a thousand findings fit into what Python's grpcio takes of trailers, and the rest is told", {
  skip,
}, async () => {
  const bad = (item: string): Call => excluding(...Array.from({ length: 1000 }, () => item));
  for (const item of ["x", "\u{1f600}".repeat(100), "%".repeat(200), "ü".repeat(127)]) {
    const [answer] = await grpcio(bad(item));
    assert.equal(answer?.code, "INVALID_ARGUMENT");
    const shown = answer.violations.length - 1;
    assert.ok(shown > 3, `${shown} shown`);
    assert.deepEqual(answer.violations.at(-1), {
      description: `${1000 - shown} more findings are not shown: ${1000 - shown} INVALID_CIDR`,
    });
    assert.equal(answer.errorInfo?.metadata["findings"], "1000");
    assert.equal(answer.errorInfo.metadata["shown"], String(shown));
  }
});

test("Python's grpcio gets a code for what is no request of the contract", { skip }, async () => {
  const answers = await grpcio(
    { method: "Plan", bytes: "/w==" },
    { method: "Dance", request: {} },
    { method: "Plan", bytes: Buffer.alloc(5 * 1024 * 1024).toString("base64") },
  );
  assert.deepEqual(
    answers.map(({ code }) => code),
    ["INVALID_ARGUMENT", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"],
  );
});
