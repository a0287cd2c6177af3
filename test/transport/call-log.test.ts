import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { createLogger } from "../../src/observe/logger.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { frame } from "../../src/transport/frames.ts";
import { type ServerOptions, startServer } from "../../src/transport/server.ts";
import { encode, pathOf } from "./clients/client.ts";
import { EVERY_CLIENT } from "./clients/every-client.ts";
import { post } from "./clients/http.ts";
import { testServer } from "./test-server.ts";
import { EVERY_WAY } from "./ways.ts";

type Line = Readonly<Record<string, unknown>>;

/** Runs a server with handlers that throw on a pull policy of `explode`, and gives what it logged. */
async function logOf(
  use: (port: number) => Promise<void>,
  options: ServerOptions = {},
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const logger = createLogger({ destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    logger,
    limits: { lingerMs: 0 },
    ...options,
    handlers: {
      ...redirectPlanner,
      plan(request) {
        if (request.options?.initContainerImage === "explode") throw new TypeError("secret of the planner");
        return redirectPlanner.plan(request);
      },
    },
  });
  await use(server.port);
  await server.stop();
  return lines;
}

test("every call is a line with its method, protocol, code, duration and sizes, and nothing of its payload", async () => {
  for (const client of EVERY_CLIENT) {
    const secret = "203.0.113.77/32";
    const request = encode(client.format, {
      meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: [secret] } } },
    });
    const [line, ...others] = await logOf(async (port) => {
      await client.call(port, request);
    });
    assert.deepEqual(others, [], client.name);
    assert.equal(line?.["msg"], "call");
    assert.equal(line["level"], "info");
    assert.equal(line["method"], pathOf());
    assert.equal(line["protocol"], client.name.split(" ")[0]?.toLowerCase());
    assert.equal(line["code"], "OK", client.name);
    assert.ok(Number(line["durationMs"]) > 0);
    const framing = client.name.startsWith("gRPC-Web") ? 5 : 0;
    assert.equal(line["requestBytes"], request.byteLength + framing, client.name);
    assert.ok(Number(line["responseBytes"]) > 1000, client.name);
    assert.ok(!JSON.stringify(line).includes("203.0.113"), client.name);
  }
});

test("the line of a plan has its digest, of an answer that was kept as well, and the line of a refusal has none", async () => {
  for (const client of EVERY_CLIENT) {
    const digests: unknown[] = [];
    const lines = await logOf(async (port) => {
      for (const excluded of [6379, 6379, 6380]) {
        const request = encode(client.format, {
          meshConfig: { spec: { traffic: { outboundPortExclusionList: [excluded] } } },
        });
        digests.push((await client.call(port, request)).response?.digest);
      }
      await client.call(port, encode(client.format, { pod: { spec: { hostNetwork: true } } }));
    });
    assert.match(String(digests[0]), /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(digests[0], digests[2]);
    assert.deepEqual(
      lines.map(({ digest }) => digest),
      [...digests, undefined],
      client.name,
    );
  }
});

test("a call whose message comes compressed, which grpc-js serves, is told with its digest too", async () => {
  const [line] = await logOf(async (port) => {
    const headers = { "content-type": "application/grpc", "grpc-encoding": "gzip", te: "trailers" };
    const compressed = Buffer.from(frame(gzipSync(encode("binary", {}))));
    compressed[0] = 1;
    await post("HTTP/2", port, pathOf(), headers, compressed);
  });
  assert.match(String(line?.["digest"]), /^sha256:/);
});

test("a line has what was asked and answered where the log is to have payloads", async () => {
  for (const client of EVERY_CLIENT) {
    const pod = { metadata: { name: "shop" } };
    const [planned, refused, malformed] = await logOf(
      async (port) => {
        await client.call(port, encode(client.format, { pod }));
        await client.call(port, encode(client.format, { pod: { spec: { hostNetwork: true } } }));
        await client.call(port, Buffer.from([0xff]));
      },
      { logPayloads: true },
    );
    const payload = planned?.["payload"] as { request: unknown; response: { digest: string } } | undefined;
    assert.deepEqual(payload?.request, { pod }, client.name);
    assert.equal(payload?.response.digest, planned?.["digest"], client.name);
    assert.deepEqual(
      refused?.["payload"],
      { request: { pod: { spec: { hostNetwork: true } } } },
      client.name,
    );
    assert.equal(malformed?.["payload"], undefined, client.name);
  }
});

test("a request that has no JSON form is answered where the log is to have payloads", async () => {
  const probe = { httpGet: { port: create(ValueSchema) } };
  const containers = [{ name: "app", livenessProbe: probe }];
  const request = encode("binary", { pod: { spec: { containers } } });
  const client = EVERY_CLIENT.find(({ format }) => format === "binary");
  const answers: unknown[] = [];
  const told = async (options: ServerOptions) =>
    (
      await logOf(async (port) => {
        answers.push((await client?.call(port, request))?.code);
      }, options)
    )[0];
  await told({});
  const line = await told({ logPayloads: true });
  assert.deepEqual(answers[0], answers[1]);
  assert.match(JSON.stringify(line?.["payload"]), /no JSON form/);
});

test("a call that fails is a line with its code, wherever it failed", async () => {
  for (const client of EVERY_CLIENT) {
    const lines = await logOf(async (port) => {
      await client.call(port, encode(client.format, { pod: { spec: { hostNetwork: true } } }));
      await client.call(port, Buffer.from([0xff]));
      await client.call(port, encode(client.format, {}), "Dance");
      await client.call(port, Buffer.alloc(4 * 1024 * 1024 + 1));
    });
    assert.deepEqual(
      lines.map(({ code }) => code),
      ["INVALID_ARGUMENT", "INVALID_ARGUMENT", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"],
      client.name,
    );
  }
});

test("a bug of the planner is INTERNAL for the caller, who learns nothing of it, and logged in full", async () => {
  for (const client of EVERY_CLIENT) {
    const lines = await logOf(async (port) => {
      const request = encode(client.format, { options: { initContainerImage: "explode" } });
      const { code, message, violations, errorInfo } = await client.call(port, request);
      assert.equal(code, "INTERNAL", client.name);
      assert.equal(message, "internal error; the server's log has the details", client.name);
      assert.deepEqual([violations, errorInfo], [[], undefined], client.name);
      assert.equal((await client.call(port, encode(client.format, {}))).code, "OK", client.name);
    });
    const faults = lines.filter(({ level }) => level === "error");
    assert.deepEqual(
      faults.map(({ method, err }) => [method, (err as Error).message]),
      [[pathOf(), "secret of the planner"]],
      client.name,
    );
    assert.match((faults[0]?.["err"] as Error | undefined)?.stack ?? "", /TypeError/);
  }
});

for (const way of EVERY_WAY) {
  const expected = { plaintext: "127.0.0.1", TLS: "127.0.0.1", "mutual TLS": "injector" }[way.name];
  describe(`over ${way.name}`, { skip: way.skip }, () => {
    const server = testServer({}, way);
    test(`a line names the caller: ${expected ?? "nobody"}`, async () => {
      for (const client of EVERY_CLIENT) {
        const line = server.nextLine();
        await client.call(server.target, encode(client.format, {}));
        assert.equal((await line)["peer"], expected, client.name);
      }
    });
  });
}

describe("a request id", () => {
  const server = testServer();
  test("is told as it came, and left out when it is long or not plain", async () => {
    const long = "a".repeat(129);
    for (const [given, told] of [
      ["7b0e-1", "7b0e-1"],
      ["two words", undefined],
      [long, undefined],
    ] as const) {
      for (const version of ["HTTP/1.1", "HTTP/2"] as const) {
        const headers = { "content-type": "application/json", "x-request-id": given };
        const line = server.nextLine();
        await post(version, server.port, pathOf(), headers, Buffer.from("{}"));
        assert.equal((await line)["requestId"], told, version);
      }
    }
  });
});
