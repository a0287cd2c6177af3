#!/usr/bin/env node
import { run } from "./cli/main.ts";

// Whoever reads the output may have had enough (`| head`): that ends the work, and is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

// Without await: the bundle is a script, which cannot wait at its top.
void run(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
