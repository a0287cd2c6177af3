#!/usr/bin/env node
import { createLogger, logLevel } from "./observe/logger.ts";
import { DEFAULT_PORT, startServer } from "./transport/server.ts";

const logger = createLogger({ level: logLevel(process.env) });
const server = await startServer({ port: Number(process.env["PORT"] || DEFAULT_PORT), logger });
logger.info({ port: server.port }, "serving");
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    logger.info({ signal }, "draining");
    server.stop().then(() => logger.info("stopped"));
  });
}
