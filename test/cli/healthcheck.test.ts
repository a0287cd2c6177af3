import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { run } from "../../src/cli/main.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { startServer } from "../../src/transport/server.ts";
import { EVERY_WAY } from "../transport/ways.ts";

async function healthcheck(
  adminPort: string,
  listenHost?: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await run(["healthcheck"], {
    ...streams,
    env: { ADMIN_PORT: adminPort, LISTEN_HOST: listenHost },
  });
  return { code, said: String(streams.stderr.read() ?? "") };
}

for (const { name, skip, prepare } of EVERY_WAY) {
  test(`a server that takes calls over ${name} is healthy, and one that is not there is not`, {
    skip,
  }, async () => {
    const logger = createLogger({ level: "silent" });
    const { options } = prepare();
    const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.1", logger, ...options });
    const port = String(server.adminPort);
    assert.deepEqual(await healthcheck(port), { code: 0, said: "" });
    await server.stop();
    const { code, said } = await healthcheck(port);
    assert.equal(code, 1);
    assert.match(said, /ECONNREFUSED/);
  });
}

test("an admin port that is none is an error", async () => {
  const { code, said } = await healthcheck("no port");
  assert.equal(code, 1);
  assert.equal(said, "redirect-planner: port no port: is not a number from 1 to 65535\n");
});

test("a server that listens on one address is asked there", async () => {
  const logger = createLogger({ level: "silent" });
  const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.2", logger });
  const port = String(server.adminPort);
  assert.deepEqual(await healthcheck(port, "127.0.0.2"), { code: 0, said: "" });
  assert.equal((await healthcheck(port)).code, 1);
  assert.equal((await healthcheck(port, "0.0.0.0")).code, 1);
  await server.stop();
});
