import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { parse } from "yaml";
import { MeshConfigSpecSchema } from "../../src/gen/redirect/v1/mesh_config_pb.ts";
import { PlanOptionsSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { DIALECTS } from "../../src/policy/inputs.ts";
import { annotationKeys, profileOf } from "../../src/policy/profile.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { featureInput, features, GOLDEN, readFeature } from "./golden-case.ts";
import { goldenText } from "./golden-text.ts";

/** Set it to write what the dialects answer now into the golden files, and read the difference. */
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

/** Options that every golden file has by its place, or whose effect no plan shows. */
const WITHOUT_FEATURE = ["dialect", "scriptFormat", "verify"];

for (const feature of features()) {
  test(`${feature} is what the golden files of all dialects say`, () => {
    const outputs = new Set(DIALECTS.map((dialect) => `${dialect}.out.yaml`));
    for (const dialect of DIALECTS) {
      const path = join(GOLDEN, feature, `${dialect}.out.yaml`);
      const text = goldenText(feature, dialect, featureInput(feature, dialect));
      if (UPDATE) writeFileSync(path, text);
      assert.ok(existsSync(path), `${path} is missing: UPDATE_GOLDEN=1 writes it, then read it`);
      assert.equal(text, readFileSync(path, "utf8"));
    }
    for (const file of readdirSync(join(GOLDEN, feature))) {
      if (file === "in.yaml" || outputs.has(file)) continue;
      if (UPDATE) rmSync(join(GOLDEN, feature, file));
      else assert.fail(`${feature}/${file} belongs to no dialect`);
    }
  });
}

test("a golden file holds the script byte for byte", () => {
  for (const feature of features()) {
    for (const dialect of DIALECTS) {
      const outcome = provedPlan(featureInput(feature, dialect));
      if (outcome.kind !== "planned") continue;
      const golden = parse(readFileSync(join(GOLDEN, feature, `${dialect}.out.yaml`), "utf8"));
      const { script } = outcome.plan;
      assert.equal(
        script.includes("\n") ? golden.script : golden.script.trimEnd().replaceAll("\n&& ", " && "),
        script,
      );
    }
  }
});

test("every setting of the mesh config and every option has a feature", () => {
  const written = features().map(readFeature);
  const settings = new Set(written.flatMap(({ meshConfig }) => leafNames(meshConfig?.["spec"])));
  const options = new Set(written.flatMap(({ options = {} }) => Object.keys(options)));
  assert.deepEqual(
    leafFields(MeshConfigSpecSchema).filter((name) => !settings.has(name)),
    [],
  );
  assert.deepEqual(
    PlanOptionsSchema.fields
      .map(({ localName }) => localName)
      .filter((name) => !options.has(name) && !WITHOUT_FEATURE.includes(name)),
    [],
  );
});

test("every annotation of the mesh has a feature", () => {
  const written = features().flatMap((feature) => Object.keys(annotationsOf(feature)));
  const keys = annotationKeys(profileOf("osm-v1.2"));
  assert.deepEqual(
    keys.filter((key) => !written.includes(key)),
    [],
  );
});

function annotationsOf(feature: string): Readonly<Record<string, string>> {
  const input = featureInput(feature, "osm-v1.2");
  return input.pod?.metadata?.annotations ?? {};
}

/** The names of the fields of a message that hold no message, in the JSON form. */
function leafFields(message: DescMessage): readonly string[] {
  return message.fields.flatMap((field: DescField) =>
    field.message === undefined ? [field.jsonName] : leafFields(field.message),
  );
}

function leafNames(value: unknown): readonly string[] {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner) ? leafNames(inner) : [name],
  );
}
