import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { applyPatch } from "rfc6902";
import { stringify } from "yaml";
import { LACKING_SCHEMA, schemaErrors } from "./api-schema.ts";
import { createAuthority, createSecretMount } from "./certificates.ts";
import type { Child } from "./child.ts";
import { build, LANGUAGES, lackingToolchain, startInjector } from "./languages.ts";
import { CLIENT_NAME, type Endpoint, startPlanner } from "./planner-process.ts";
import { environmentOf } from "./settings.ts";
import {
  type AdmissionReview,
  type Answer,
  type Json,
  mutate,
  post,
  REVIEWS,
  reviewOf,
  type Webhook,
} from "./webhook.ts";

const scratch = mkdtempSync(join(tmpdir(), "injectors-"));
const authority = createAuthority("mesh", scratch);
const server = createSecretMount(authority.issue(["IP:127.0.0.1", "DNS:localhost"]), scratch);
const client = createSecretMount(authority.issue([`DNS:${CLIENT_NAME}`]), scratch);

/** Two ways to run injectors: every option once, and both transports. */
const SET_UPS = [
  {
    name: "osm-v0.11-last",
    endpoint: { kind: "tls", port: 0, folder: server.folder },
    place: "last",
    planOptions: "{}",
  },
  {
    name: "osm-v1.2-first",
    endpoint: { kind: "unix", path: join(scratch, "planner.sock") },
    place: "first",
    planOptions: '{"dialect": "DIALECT_OSM_V1_2", "initContainerImage": "registry.example.com/init:1.0.0"}',
  },
] as const satisfies readonly { readonly endpoint: Endpoint; readonly [key: string]: unknown }[];

function patched(review: AdmissionReview, { patch = [] }: Answer): Json {
  const pod = structuredClone(review.request.object);
  for (const error of applyPatch(pod, [...patch])) assert.equal(error, null);
  return pod;
}

/** A pod with the name that the API server gives it when it has taken all patches. */
function named({ metadata, ...rest }: Json): Json {
  const { name, generateName, ...others } = metadata as Json;
  return { ...rest, metadata: { name: name ?? `${generateName}x7k2p`, ...others } };
}

const withObject = (review: AdmissionReview, object: Json): AdmissionReview => ({
  ...review,
  request: { ...review.request, object },
});

/** An answer as a person reads it. */
const readable = ({ uid: _, ...answer }: Answer): string =>
  stringify(answer, { sortMapEntries: true, lineWidth: 0 });

function assertGolden(path: string, text: string): void {
  const file = join(import.meta.dirname, "golden", path);
  if (process.env["UPDATE_GOLDEN"] && !(existsSync(file) && readFileSync(file, "utf8") === text)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, "utf8"));
}

after(() => rmSync(scratch, { recursive: true }));

for (const { name: setUp, endpoint, place, planOptions } of SET_UPS) {
  describe(setUp, () => {
    let planner: Child;
    before(async () => {
      planner = await startPlanner(endpoint);
    });
    after(() => planner.stop());

    for (const language of LANGUAGES) {
      describe(language.name, { skip: lackingToolchain(language) }, () => {
        let injector: Child;
        let webhook: Webhook;
        before(async () => {
          await build(language);
          const target =
            endpoint.kind === "unix" ? `unix://${endpoint.path}` : `dns:///127.0.0.1:${planner.said}`;
          const settings = { target, webhookTls: server.folder, place, planOptions };
          const tls = endpoint.kind === "tls" ? { plannerTls: client.folder } : {};
          injector = await startInjector(language, environmentOf({ ...settings, ...tls }, scratch));
          webhook = { port: Number(injector.said), authority: authority.certificate };
          // On a busy machine the first call of all may come too late.
          while (!(await mutate(webhook, reviewOf("dry-run"))).allowed) await setTimeout(50);
        });
        after(() => injector?.stop());

        for (const [name, review] of REVIEWS) {
          test(`answers as all do: ${name}`, async () => {
            assertGolden(join(setUp, `${name}.yaml`), readable(await mutate(webhook, review)));
          });
        }

        test("leaves a pod alone that it has patched", async () => {
          for (const [name, review] of REVIEWS) {
            const first = await mutate(webhook, review);
            if (!first.allowed) continue;
            const again = await mutate(webhook, withObject(review, patched(review, first)));
            assert.ok(again.allowed);
            assert.deepEqual([again.patch, again.patchType], [undefined, undefined], name);
          }
        });

        test("programs rules for a pod that only says that it has them", async () => {
          const review = reviewOf("empty-init-containers");
          const first = await mutate(webhook, review);
          const container = first.patch?.[0]?.op === "add" ? (first.patch[0].value as Json) : {};
          for (const initContainers of [[], [{ ...container, args: ["-c", "true"] }]]) {
            const pod = patched(review, first);
            const forged = { ...pod, spec: { ...(pod["spec"] as Json), initContainers } };
            const answer = await mutate(webhook, withObject(review, forged));
            assert.equal(answer.patch?.length, 1);
            assert.deepEqual(patched(withObject(review, forged), answer), pod);
          }
        });

        test("takes null for what is absent", async () => {
          const review = reviewOf("dry-run");
          const { metadata, spec, ...pod } = review.request.object;
          const nulls = {
            ...pod,
            metadata: { ...(metadata as Json), annotations: null },
            spec: { ...(spec as Json), initContainers: null, nodeSelector: null, securityContext: null },
          };
          assert.deepEqual(await mutate(webhook, withObject(review, nulls)), await mutate(webhook, review));
        });

        test("refuses what is no review of a pod", async () => {
          const deleted = withObject(reviewOf("dry-run"), null as unknown as Json);
          for (const body of ["", "{", "[]", "{}", '"pod"', JSON.stringify(deleted)]) {
            assert.equal((await post(webhook, body)).status, 400, body);
          }
          assert.equal((await post(webhook, JSON.stringify(reviewOf("dry-run")), "/other")).status, 404);
        });

        test("refuses a pod of a form that the planner cannot read", async () => {
          const review = reviewOf("dry-run");
          const spec = { containers: [{ name: "app", ports: [{ containerPort: "http" }] }] };
          const answer = await mutate(webhook, withObject(review, { ...review.request.object, spec }));
          assert.equal(answer.allowed, false);
          assert.match(answer.status?.message ?? "", /^pod default\/curl is not let in without its rules/);
        });

        test("every pod that it patches is one that the API takes", { skip: LACKING_SCHEMA }, async () => {
          const pods: Json[] = [];
          for (const review of REVIEWS.values()) {
            const answer = await mutate(webhook, review);
            if (answer.allowed) pods.push(named(patched(review, answer)));
          }
          assert.equal(pods.length, 7);
          assert.deepEqual(schemaErrors(pods, scratch), []);
        });
      });
    }
  });
}

test("the schema refuses a field that a container does not have", { skip: LACKING_SCHEMA }, () => {
  const pod = structuredClone(reviewOf("dry-run").request.object) as { spec: { containers: object[] } };
  pod.spec.containers = [{ name: "app", image: "app", argz: [] }];
  assert.match(schemaErrors([pod as unknown as Json], scratch).join("\n"), /argz/);
});
