import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as client from "../../src/client/index.ts";

test("a client gets every file of the contract", () => {
  const files = readdirSync(join(import.meta.dirname, "../../proto/redirect/v1"));
  assert.ok(files.length > 5);
  for (const file of files) {
    const name = `file_redirect_v1_${file.replace(".proto", "")}`;
    assert.ok(name in client, `${file} is not exported`);
  }
});
