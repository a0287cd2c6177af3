import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { run } from "../../src/cli/main.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { startServer } from "../../src/transport/server.ts";
import { EVERY_WAY } from "../transport/ways.ts";

async function healthcheck(adminPort: string): Promise<{ readonly code: number; readonly said: string }> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await run(["healthcheck"], { ...streams, env: { ADMIN_PORT: adminPort } });
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
  assert.equal((await healthcheck("no port")).code, 1);
});
