import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { run } from "../../src/cli/main.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { startServer } from "../../src/transport/server.ts";

async function healthcheck(adminPort: string): Promise<{ readonly code: number; readonly said: string }> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await run(["healthcheck"], { ...streams, env: { ADMIN_PORT: adminPort } });
  return { code, said: String(streams.stderr.read() ?? "") };
}

test("a server that takes calls is healthy, and one that is not there is not", async () => {
  const logger = createLogger({ level: "silent" });
  const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.1", logger });
  const port = String(server.adminPort);
  assert.deepEqual(await healthcheck(port), { code: 0, said: "" });
  await server.stop();
  const { code, said } = await healthcheck(port);
  assert.equal(code, 1);
  assert.match(said, /ECONNREFUSED/);
  assert.equal((await healthcheck("no port")).code, 1);
});
