import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createLogger } from "../../src/observe/logger.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { ServiceError } from "../../src/service/service-error.ts";
import { startServer } from "../../src/transport/server.ts";
import { createAuthority, createSecretMount, type SecretMount } from "./certificates.ts";
import { build, LANGUAGES, lackingToolchain, startInjector } from "./languages.ts";
import { CLIENT_NAME, startPlanner } from "./planner-process.ts";
import { environmentOf, type Settings } from "./settings.ts";
import { startSilentPlanner } from "./silent-planner.ts";
import { type Answer, MESH_CONFIG, mutate, reviewOf, type Webhook } from "./webhook.ts";

const scratch = mkdtempSync(join(tmpdir(), "injectors-"));
after(() => rmSync(scratch, { recursive: true }));

const SERVER_NAMES = ["IP:127.0.0.1", "DNS:localhost"];
const authority = createAuthority("mesh", scratch);
const webhookFiles = authority.issue(SERVER_NAMES);

const REVIEW = reviewOf("deployment");

/** How long a webhook may take to come back by itself. Java's gRPC looks at files once a minute, and no more often. */
const PATIENCE_MS = 150_000;

/** gRPC's C core writes a deadline with three digits, rounded up: 2001 ms is sent as 2010. */
const ROUNDED_UP = 1.01;

/** An injector that was started, and what it can be told while it runs. */
interface Started extends Webhook {
  readonly webhookTls: SecretMount;
  readonly setMeshConfig: (text: string) => void;
}

/** A refusal for want of a plan: what the API server shows, and no patch. */
function assertWaiting({ allowed, status, patch }: Answer): void {
  assert.equal(allowed, false);
  assert.equal(status?.code, 503);
  assert.match(
    status.message,
    /^pod shop\/web-6b7f675b48- is not let in without its rules, and there is no plan/,
  );
  assert.equal(patch, undefined);
}

/** A plan of the mesh config as it is now, by the one port that it excludes. */
function assertPlanned({ allowed, status, patch = [] }: Answer, port: number): void {
  assert.ok(allowed, status?.message);
  assert.match(JSON.stringify(patch), new RegExp(`--dports ${port} `));
}

/** The first answer that lets the pod in; every one before must be a refusal. */
async function untilAllowed(webhook: Webhook): Promise<Answer> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await mutate(webhook, REVIEW, "2s");
    if (answer.allowed) return answer;
    assertWaiting(answer);
    if (Date.now() > end) throw new Error(`still refused: ${answer.status?.message}`);
    await setTimeout(50);
  }
}

/** The first answer over a connection that can be trusted. */
async function untilAnswered(webhook: Webhook): Promise<Answer> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await mutate(webhook, REVIEW, "1s");
    } catch (error) {
      if (Date.now() > end) throw error;
      await setTimeout(50);
    }
  }
}

// Most of the time goes by in waiting.
describe("an injector", { concurrency: LANGUAGES.length }, () => {
  for (const language of LANGUAGES) {
    describe(language.name, { skip: lackingToolchain(language), concurrency: 1 }, () => {
      const running: (() => unknown)[] = [];
      afterEach(async () => {
        for (const stop of running.splice(0).toReversed()) await stop();
      });

      async function start(settings: Pick<Settings, "target"> & Partial<Settings>): Promise<Started> {
        const folder = mkdtempSync(join(scratch, "injector-"));
        const webhookTls = createSecretMount(webhookFiles, scratch);
        const env = environmentOf(
          { webhookTls: webhookTls.folder, place: "last", planOptions: "{}", ...settings },
          folder,
        );
        await build(language);
        const injector = await startInjector(language, env);
        running.push(() => injector.stop("SIGKILL"));
        const setMeshConfig = (text: string): void => writeFileSync(join(folder, "mesh-config.json"), text);
        return { port: Number(injector.said), authority: authority.certificate, webhookTls, setMeshConfig };
      }

      test("is as patient as the webhook's time-out and the service config allow, and refuses then", async () => {
        const silent = await startSilentPlanner();
        running.push(silent.close);
        const webhook = await start({ target: `dns:///127.0.0.1:${silent.port}` });
        const deadlineFor = async (timeout: string): Promise<number> => {
          const before = silent.deadlines.length;
          const end = Date.now() + PATIENCE_MS;
          // On a busy machine the first call may be given up before it was sent.
          while (silent.deadlines.length === before && Date.now() < end) {
            assertWaiting(await mutate(webhook, REVIEW, timeout));
          }
          return silent.deadlines.at(-1) ?? Number.NaN;
        };
        const short = await deadlineFor("1s");
        const long = await deadlineFor("30s");
        assert.ok(short > 0 && short <= 500 * ROUNDED_UP, `${short} ms`);
        assert.ok(long > 500 * ROUNDED_UP && long <= 2000 * ROUNDED_UP, `${long} ms`);
      });

      test("asks again when the planner is unavailable, and gives up when it stays so", async () => {
        let away = 2;
        const plan: typeof redirectPlanner.plan = (request) => {
          away -= 1;
          if (away >= 0) throw new ServiceError("UNAVAILABLE", "away");
          return redirectPlanner.plan(request);
        };
        const server = await startServer({
          port: 0,
          host: "127.0.0.1",
          handlers: { ...redirectPlanner, plan },
          logger: createLogger({ level: "silent" }),
          limits: { drainMs: 0 },
        });
        running.push(server.stop);
        const webhook = await start({ target: `dns:///127.0.0.1:${server.port}` });
        assertPlanned(await untilAllowed(webhook), 6379);
        away = Number.POSITIVE_INFINITY;
        // The planner remembers its answers: another mesh config makes another question.
        webhook.setMeshConfig(MESH_CONFIG.replace("6379", "6380"));
        assertWaiting(await mutate(webhook, REVIEW));
      });

      test("refuses while the planner is halted or gone, and plans anew when it is back", async () => {
        const socket = join(mkdtempSync(join(scratch, "socket-")), "planner.sock");
        const endpoint = { kind: "unix", path: socket } as const;
        let planner = await startPlanner(endpoint);
        running.push(() => planner.stop("SIGKILL"));
        const webhook = await start({ target: `unix://${socket}` });
        assertPlanned(await untilAllowed(webhook), 6379);

        process.kill(planner.pid, "SIGSTOP");
        assertWaiting(await mutate(webhook, REVIEW, "1s"));
        process.kill(planner.pid, "SIGCONT");
        assertPlanned(await untilAllowed(webhook), 6379);

        await planner.stop("SIGKILL");
        assertWaiting(await mutate(webhook, REVIEW, "1s"));
        webhook.setMeshConfig(MESH_CONFIG.replace("6379", "6380"));
        planner = await startPlanner(endpoint);
        assertPlanned(await untilAllowed(webhook), 6380);
      });

      test("goes on through a planner's renewed certificate, and refuses one that it has no reason to trust", async () => {
        const server = createSecretMount(authority.issue(SERVER_NAMES), scratch);
        const client = createSecretMount(authority.issue([`DNS:${CLIENT_NAME}`]), scratch);
        let planner = await startPlanner({ kind: "tls", port: 0, folder: server.folder });
        running.push(() => planner.stop("SIGKILL"));
        const port = Number(planner.said);
        const restart = async (): Promise<void> => {
          await planner.stop("SIGKILL");
          planner = await startPlanner({ kind: "tls", port, folder: server.folder });
        };
        const webhook = await start({ target: `dns:///127.0.0.1:${port}`, plannerTls: client.folder });
        assertPlanned(await untilAllowed(webhook), 6379);

        server.put(authority.issue(SERVER_NAMES));
        await restart();
        assertPlanned(await untilAllowed(webhook), 6379);

        const other = createAuthority("other", scratch);
        server.put(other.issue(SERVER_NAMES));
        await restart();
        assertWaiting(await mutate(webhook, REVIEW, "1s"));

        client.put(other.issue([`DNS:${CLIENT_NAME}`]));
        assertPlanned(await untilAllowed(webhook), 6379);
      });

      test("serves a renewed certificate of its own without a restart", async () => {
        const silent = await startSilentPlanner();
        running.push(silent.close);
        const webhook = await start({ target: `dns:///127.0.0.1:${silent.port}` });
        const other = createAuthority("other", scratch);
        const renewed = { ...webhook, authority: other.certificate };
        await assert.rejects(mutate(renewed, REVIEW, "1s"));
        webhook.webhookTls.put(other.issue(SERVER_NAMES));
        assertWaiting(await untilAnswered(renewed));
      });

      test("does without a plan nothing but refuse when its mesh config cannot be read", async () => {
        const webhook = await start({ target: "dns:///127.0.0.1:9" });
        webhook.setMeshConfig("{");
        assertWaiting(await mutate(webhook, REVIEW));
      });
    });
  }
});
