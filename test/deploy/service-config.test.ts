import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { deployText } from "./deploy-files.ts";

const SERVICE = "redirect.v1.RedirectPlanner";
const CONFIG = deployText("client/service-config.json");

/** What the replicas answer next, by status; OK when the list is at its end. */
let script: status[] = [];
/** Which replica got each call, in order. */
let asked: number[] = [];

const servers: Server[] = [];
let target = "";

const bytes = (value: Buffer): Buffer => value;

before(async () => {
  const ports: number[] = [];
  for (const replica of [0, 1]) {
    const server = new Server();
    const handle = (_call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void => {
      asked.push(replica);
      const code = script.shift() ?? status.OK;
      if (code === status.OK) done(null, Buffer.alloc(0));
      else done({ code, details: "as the test says" });
    };
    server.register(`/${SERVICE}/Plan`, handle, bytes, bytes, "unary");
    servers.push(server);
    ports.push(
      await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
          error === null ? resolve(port) : reject(error),
        );
      }),
    );
  }
  target = `ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
});

after(() => {
  for (const server of servers) server.forceShutdown();
});

/** Calls Plan through the client's configuration. @returns the status of each call. */
async function call(times: number, answers: readonly status[] = []): Promise<readonly status[]> {
  script = [...answers];
  asked = [];
  const client = new Client(target, credentials.createInsecure(), { "grpc.service_config": CONFIG });
  const results: status[] = [];
  for (let i = 0; i < times; i += 1) {
    results.push(
      await new Promise<status>((resolve) => {
        client.makeUnaryRequest(
          `/${SERVICE}/Plan`,
          bytes,
          bytes,
          Buffer.alloc(0),
          new Metadata(),
          {},
          (error) => resolve(error?.code ?? status.OK),
        );
      }),
    );
  }
  client.close();
  return results;
}

/** The names of all settings of the config. */
function settings(): ReadonlySet<string> {
  const { methodConfig, ...others } = JSON.parse(CONFIG) as { readonly methodConfig: readonly object[] };
  const names = methodConfig.flatMap((method) => Object.keys(method));
  return new Set([...Object.keys(others), ...names.filter((name) => name !== "name")]);
}

test("the page for clients gives a reason for every setting, and for what is not set", () => {
  const rows = [...deployText("client/README.md").matchAll(/^\| `([a-z]\w+)`.*? \| (.*?) \|/gm)];
  const told = (isSet: boolean): readonly string[] =>
    rows.filter(([, , value]) => (value !== "none") === isSet).map(([, name = ""]) => name);
  assert.deepEqual(new Set(told(true)), settings());
  assert.deepEqual(told(false), ["hedgingPolicy"]);
});

test("a call that finds a replica unavailable is tried again, and succeeds", async () => {
  assert.deepEqual(await call(1, [status.UNAVAILABLE, status.UNAVAILABLE]), [status.OK]);
  assert.equal(asked.length, 3);
});

test("a call that finds nobody is given up after four attempts", async () => {
  assert.deepEqual(
    await call(
      1,
      Array.from({ length: 9 }, () => status.UNAVAILABLE),
    ),
    [status.UNAVAILABLE],
  );
  assert.equal(asked.length, 4);
});

test("no other answer is asked for twice", async () => {
  for (const code of [
    status.INVALID_ARGUMENT,
    status.FAILED_PRECONDITION,
    status.RESOURCE_EXHAUSTED,
    status.INTERNAL,
    status.DEADLINE_EXCEEDED,
    status.UNAUTHENTICATED,
  ]) {
    assert.deepEqual(await call(1, [code]), [code]);
    assert.equal(asked.length, 1, status[code]);
  }
});

test("calls are spread over the replicas", async () => {
  await call(20);
  const first = asked.filter((replica) => replica === 0).length;
  assert.ok(first >= 5 && first <= 15, asked.join(""));
});

test("calls go on while one replica is away", async () => {
  const [first] = servers;
  first?.forceShutdown();
  assert.deepEqual([...new Set(await call(10))], [status.OK]);
  assert.deepEqual([...new Set(asked)], [1]);
});
