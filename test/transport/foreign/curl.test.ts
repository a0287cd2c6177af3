import assert from "node:assert/strict";
import { test } from "node:test";
import { provedPlan } from "../../proof/proved-plan.ts";
import { pathOf } from "../clients/client.ts";
import { testServer } from "../test-server.ts";
import { lackingCurl, output } from "./requirements.ts";

const server = testServer();
const skip = lackingCurl();

/** Posts JSON as a person does at a shell; the response's status and body. */
async function curl(body: string, ...flags: readonly string[]) {
  const url = `http://127.0.0.1:${server.port}${pathOf()}`;
  const { stdout } = await output(
    "curl",
    [
      "-s",
      "-w",
      "\n%{http_code}",
      "-H",
      "content-type: application/json",
      ...flags,
      "--data-binary",
      "@-",
      url,
    ],
    body,
  );
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

const VERSIONS = ["--http1.1", "--http2-prior-knowledge"];

test("curl gets the script of the page's demo, over HTTP/1.1 and HTTP/2", { skip }, async () => {
  const meshConfig = { spec: { traffic: { outboundIpRangeExclusionList: ["54.91.118.50/32"] } } };
  const outcome = provedPlan({ meshConfig });
  assert.equal(outcome.kind, "planned");
  for (const version of VERSIONS) {
    const json = '{"meshConfig":{"spec":{"traffic":{"outboundIPRangeExclusionList":["54.91.118.50/32"]}}}}';
    const { status, body } = await curl(json, version);
    assert.equal(status, 200);
    assert.equal(JSON.parse(body).script, outcome.plan.script, version);
  }
});

test("curl gets the findings of a bad request in words", { skip }, async () => {
  for (const version of VERSIONS) {
    const { status, body } = await curl('{"pod":{"spec":{"hostNetwork":true}}}', version);
    assert.equal(status, 400);
    const error = JSON.parse(body);
    assert.equal(error.code, "invalid_argument");
    assert.deepEqual(
      error.details.map(({ type }: { type: string }) => type),
      ["google.rpc.BadRequest", "google.rpc.ErrorInfo"],
    );
    assert.equal(error.details[0].debug.fieldViolations[0].reason, "HOST_NETWORK");
  }
});

test("curl gets an error for a request over 4 MiB, however it sends it", { skip }, async () => {
  const big = " ".repeat(6 * 1024 * 1024);
  for (const flags of [
    ["--http1.1"],
    ["--http1.1", "-H", "expect:"],
    ["--http1.1", "-H", "transfer-encoding: chunked"],
    ["--http1.1", "-H", "connection: close"],
    ["--http2-prior-knowledge"],
    ["--http2-prior-knowledge", "-H", "content-length:"],
  ]) {
    assert.equal((await curl(big, ...flags)).status, 429, flags.join(" "));
  }
});

test("curl gets an error for an encoding that is not served, also with a body that nobody reads", {
  skip,
}, async () => {
  const big = " ".repeat(6 * 1024 * 1024);
  for (const version of VERSIONS) {
    const { status, body } = await curl(big, version, "-H", "content-encoding: zstd", "-H", "expect:");
    assert.equal(status, 501, version);
    assert.match(JSON.parse(body).message, /zstd/);
  }
});

test("curl gets an error for HTTP/1.0 without Host and for a Host that is none", { skip }, async () => {
  for (const flags of [
    ["--http1.0", "-H", "Host:"],
    ["-H", "Host: %zz"],
  ]) {
    assert.equal((await curl("{}", ...flags)).status, 400, flags.join(" "));
  }
});

test("curl can ask with GET, for the method changes nothing", { skip }, async () => {
  const url = `http://127.0.0.1:${server.port}${pathOf()}?encoding=json&message=%7B%7D`;
  const { stdout } = await output("curl", ["-s", url]);
  assert.match(JSON.parse(stdout).script, /^iptables /);
});
