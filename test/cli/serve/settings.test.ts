import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSettings } from "../../../src/cli/serve/read-settings.ts";
import { SETTINGS } from "../../../src/cli/serve/settings.ts";
import { settingsTable } from "../../../src/cli/serve/settings-text.ts";
import { UsageError } from "../../../src/cli/usage-error.ts";
import { DEFAULT_LIMITS } from "../../../src/transport/limits.ts";

const DOCUMENT = fileURLToPath(new URL("../../../deploy/settings.md", import.meta.url));

function faultsOf(argv: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readSettings(argv, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.faults;
  }
}

test("without flags and variables every limit has its default", () => {
  const settings = readSettings([], {});
  assert.deepEqual({ ...settings, ...DEFAULT_LIMITS }, settings);
  assert.equal(settings.port, 9000);
  assert.equal(settings.logLevel, "info");
});

test("a variable is read, an empty one is none, and a flag wins over it", () => {
  assert.equal(readSettings([], { PORT: "8080" }).port, 8080);
  assert.equal(readSettings([], { PORT: "" }).port, 9000);
  assert.equal(readSettings(["--port", "1"], { PORT: "nonsense" }).port, 1);
  assert.equal(readSettings(["--max-streams=7"], { MAX_STREAMS: "8" }).streams, 7);
  assert.equal(readSettings([], { LOG_LEVEL: "WARN" }).logLevel, "warn");
});

test("every limit can be set", () => {
  for (const name of Object.keys(DEFAULT_LIMITS)) assert.ok(name in SETTINGS, name);
});

test("everything that is wrong is told at once, with its name, its value and what it takes", () => {
  assert.deepEqual(
    faultsOf(["--admin-port", "1x"], {
      PORT: "65536",
      MAX_MESSAGE_BYTES: "4MB",
      LOG_LEVEL: "loud",
      TLS_ALLOWED_CLIENTS: " , ",
      TLS_KEY_FILE: "/nowhere/tls.key",
    }),
    [
      "PORT '65536': expected a whole number from 0 to 65535",
      "--admin-port '1x': expected a whole number from 0 to 65535",
      "TLS_ALLOWED_CLIENTS ' , ': expected names with commas between them",
      "LOG_LEVEL 'loud': expected silent, fatal, error, warn, info, debug, trace",
      "MAX_MESSAGE_BYTES '4MB': expected a whole number from 1024 to 67108864",
      "TLS_KEY_FILE '/nowhere/tls.key': ENOENT: no such file or directory, open '/nowhere/tls.key'",
      "TLS_KEY_FILE is set without TLS_CERT_FILE",
    ],
  );
});

test("names of clients, and authorities, are nothing without a certificate to ask for", () => {
  assert.deepEqual(faultsOf([], { TLS_ALLOWED_CLIENTS: "injector" }), [
    "TLS_ALLOWED_CLIENTS is set without TLS_CLIENT_CA_FILE",
  ]);
});

test("files that hold no certificate and no authority are refused before anybody connects", () => {
  const file = fileURLToPath(import.meta.url);
  const [pair = "", authority = "", ...others] = faultsOf([], {
    TLS_CERT_FILE: file,
    TLS_KEY_FILE: file,
    TLS_CLIENT_CA_FILE: file,
  });
  assert.match(pair, /^TLS_CERT_FILE and TLS_KEY_FILE: .*PEM/);
  assert.match(authority, /^TLS_CLIENT_CA_FILE: .*PEM/);
  assert.deepEqual(others, []);
});

test("the documentation lists every setting as it is", () => {
  const text = readFileSync(DOCUMENT, "utf8");
  const current = text.replace(/^\| variable \|.*\n(?:\|.*\n)*/m, settingsTable());
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(DOCUMENT, current);
  else assert.equal(text, current, "UPDATE_GOLDEN=1 rewrites the table");
});
