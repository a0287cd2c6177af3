import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlanRequestSchema } from "../src/gen/redirect/v1/plan_pb.ts";
import type { PlanOutcome } from "../src/plan.ts";
import { buildPolicy } from "../src/policy/build.ts";
import { type Finding, refuses } from "../src/policy/finding.ts";
import {
  DIALECTS,
  type Dialect,
  type PlanInput,
  SCRIPT_FORMATS,
  type ScriptFormat,
} from "../src/policy/inputs.ts";
import { annotationKeys, profileOf } from "../src/policy/profile.ts";
import { provedPlan } from "./proof/proved-plan.ts";
import { lines, scriptFault } from "./script-grammar/script.ts";
import { fieldName, type TextField, textFields, withText } from "./script-grammar/text-fields.ts";

const KEYS = [...annotationKeys(profileOf("osm-v1.2")), ...annotationKeys(profileOf("fsm-v1.4"))];
const FIELDS = textFields(PlanRequestSchema, KEYS);

/** What must not reach a script, alone and as a part of what may. */
const MARKS = [
  "$(id)",
  "`id`",
  "$IFS",
  "\n",
  "\r\n",
  "\0",
  "'",
  '"',
  ";",
  "&&",
  "|",
  "<",
  ">",
  "\\",
  "#",
  "*",
  "?",
  "~",
  "!",
  "(",
  ")",
  "{",
  "}",
  " ",
  "\t",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\u202e",
  "EOF\n",
  "\nEOF\nid\n",
  "END\n",
  "\nEND\n}\nid\n",
  " -j ACCEPT",
  "%s",
  "$POD_IP",
  "--",
  "-",
  "+",
  ",",
  "/",
  ":",
  "::",
  ".",
  "８０",
  "٨٠",
  "१",
  "𝟠",
  "①",
  "1\u0301",
  "\ud800",
  "é",
  "💣",
];
const VALID = [
  "80",
  "65535",
  "8000-8010",
  "10.0.0.0/8",
  "1.1.1.1/32",
  "0.0.0.0/0",
  "fd00::/8",
  "::/0",
  "10.0.0.9",
  "fd00::9",
  "net1",
  "eth+",
  "PodIP",
  "registry.example:5000/a/b:v1",
  "Always",
  "windows",
];

const mark = fc.oneof(fc.constantFrom(...MARKS), fc.string({ unit: "binary", maxLength: 4 }));
const hostile = fc.oneof(
  mark,
  fc.constantFrom(...VALID),
  fc.tuple(fc.constantFrom(...VALID), mark, fc.nat()).map(([valid, text, at]) => {
    const place = at % (valid.length + 1);
    return valid.slice(0, place) + text + valid.slice(place);
  }),
  fc.array(fc.oneof(mark, fc.constantFrom(...VALID)), { maxLength: 4 }).map((parts) => parts.join(",")),
);

/** Requests without a fault that use what a dialect has, to which one bad text comes. */
const FULL: PlanInput = {
  meshConfig: {
    spec: { traffic: { outboundIpRangeExclusionList: ["10.0.0.0/8"], outboundPortExclusionList: [443] } },
  },
  pod: {
    metadata: { annotations: { "openservicemesh.io/inbound-port-exclusion-list": "9090" } },
    spec: { containers: [{ name: "web", ports: [{ containerPort: 8080 }], livenessProbe: { httpGet: {} } }] },
    status: { podIp: "10.244.0.7", podIps: [{ ip: "10.244.0.7" }, { ip: "fd00:10:244::7" }] },
  },
};
const MODES: PlanInput = {
  meshConfig: { spec: { sidecar: { localProxyMode: "PodIP", localDnsProxy: { enable: true } } } },
};
const COMMENTED: PlanInput = {
  options: { ruleComments: true, iptablesBackend: "legacy", excludedUids: [7] },
};
const BASES = [{}, FULL, MODES, COMMENTED];

/** The answer in a format, by default the dialect's own, with all that may be reported let pass. */
function planned(base: PlanInput, dialect: Dialect, scriptFormat?: ScriptFormat): PlanOutcome {
  const format = scriptFormat === undefined ? {} : { scriptFormat };
  return provedPlan({ ...base, options: { ...base.options, dialect, ...format, enforcement: "report" } });
}

/** Every combination of what shapes the shell program around the rules. */
function shapes(): readonly PlanInput[] {
  const modes = ["Localhost", "PodIP"].flatMap((localProxyMode) =>
    [false, true].map((enable) => ({ spec: { sidecar: { localProxyMode, localDnsProxy: { enable } } } })),
  );
  const families = (["ipv4", "ipv6", "dual"] as const).map((ipFamilies) => ({ ipFamilies }));
  const backends = [{}, { iptablesBackend: "legacy" }, { iptablesBackend: "nf_tables" }] as const;
  const pods = [[], ["10.244.0.7"], ["fd00:10:244::7"], ["10.244.0.7", "fd00:10:244::7"]].map((ips) => ({
    status: { podIps: ips.map((ip) => ({ ip })) },
  }));
  const options = families.flatMap((family) =>
    backends.flatMap((backend) =>
      [true, false].map((ruleComments) => ({ ...family, ...backend, ruleComments })),
    ),
  );
  return modes.flatMap((meshConfig) =>
    pods.flatMap((pod) => options.map((each) => ({ meshConfig, pod, options: each }))),
  );
}

/** The lines that the scripts and cleanups of the hardened dialect have around the rules. */
function frameOf(format: ScriptFormat): ReadonlySet<string> {
  const scripts = shapes().flatMap((input) => {
    const outcome = planned(input, "hardened", format);
    return outcome.kind === "planned" ? [outcome.plan.script, outcome.plan.cleanupScript] : [];
  });
  return new Set(scripts.flatMap(lines));
}

/** Only the scripts that are shell programs need lines that the grammar does not know. */
const NO_FRAME: ReadonlySet<string> = new Set();
const FRAMES = new Map(SCRIPT_FORMATS.map((format) => [format, frameOf(format)] as const));

function findingsOf(outcome: PlanOutcome): readonly Finding[] {
  switch (outcome.kind) {
    case "planned":
      return outcome.plan.findings;
    case "refused":
      return outcome.findings;
    case "inexpressible":
      return [];
  }
}

function assertHarmless(outcome: PlanOutcome, dialect: Dialect, format: ScriptFormat = "restore"): void {
  for (const { field, value, message, remedy } of findingsOf(outcome)) {
    for (const text of [field, value, message, remedy]) {
      // Fit to be printed: nothing that a terminal acts on, nothing that hides, and no more than a few lines.
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      assert.ok(text.length < 3000, text);
    }
  }
  if (outcome.kind !== "planned") return;
  const { script, cleanupScript, initContainer } = outcome.plan;
  const frame = dialect === "hardened" ? FRAMES.get(format) : NO_FRAME;
  assert.equal(scriptFault(script, frame), undefined);
  assert.equal(scriptFault(cleanupScript, frame), undefined);
  assert.deepEqual(initContainer.command, ["/bin/sh"]);
  assert.deepEqual(initContainer.args, ["-c", script]);
  assert.match(initContainer.image, /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]*$/);
  assert.ok(["Always", "IfNotPresent", "Never", undefined].includes(initContainer.imagePullPolicy));
}

/** The fields by whose text a dialect's policies differ, each with three texts of which one differs from another. */
function effective(dialect: Dialect): readonly (readonly [TextField, string])[] {
  return FIELDS.flatMap((field) => {
    const policies = new Map<string, string>();
    for (const text of VALID) {
      const input = withText({ options: { dialect, enforcement: "report" } }, field, text) as PlanInput;
      const { policy, findings } = buildPolicy(input);
      const key = JSON.stringify(policy, (_, value) => (typeof value === "bigint" ? String(value) : value));
      if (!refuses(findings, "report") && !policies.has(key)) policies.set(key, text);
    }
    const texts = [...policies.values()];
    return texts.length > 1 ? [0, 1, 2].map((at) => [field, texts[at % texts.length] ?? ""] as const) : [];
  });
}

/** The text with a mark in it: before, inside or behind it. */
function marked(text: string, mark: string, place: number): string {
  const at = [0, text.length >> 1, text.length][place % 3] ?? 0;
  return text.slice(0, at) + mark + text.slice(at);
}

for (const dialect of DIALECTS) {
  test(`no text that a script of ${dialect} would hold can carry a mark into it`, () => {
    const texts = effective(dialect);
    assert.notDeepEqual(texts, []);
    for (const [index, [field, text]] of texts.entries()) {
      for (const [offset, mark] of MARKS.entries()) {
        const hostileText = marked(text, mark, index + offset);
        assertHarmless(planned(withText({}, field, hostileText) as PlanInput, dialect), dialect);
      }
    }
  });

  test(`no hostile text reaches a script of ${dialect}, whatever field it stands in`, () => {
    const formats = SCRIPT_FORMATS;
    for (const format of formats) {
      for (const base of BASES) assertHarmless(planned(base, dialect, format), dialect, format);
    }
    const property = fc.property(
      fc.constantFrom(...FIELDS),
      hostile,
      fc.constantFrom(...BASES),
      fc.constantFrom(...formats),
      (field, text, base, format) => {
        const outcome = planned(withText(base, field, text) as PlanInput, dialect, format);
        assertHarmless(outcome, dialect, format);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
}

test("no hostile text reaches a script when every field has one", () => {
  const request = fc.array(hostile, { minLength: FIELDS.length, maxLength: FIELDS.length });
  fc.assert(
    fc.property(
      request,
      fc.constantFrom(...DIALECTS),
      fc.constantFrom(...SCRIPT_FORMATS),
      (texts, dialect, format) => {
        const input = texts.reduce<unknown>(
          (whole, text, index) => withText(whole, FIELDS[index] ?? [], text),
          {},
        );
        assertHarmless(planned(input as PlanInput, dialect, format), dialect, format);
      },
    ),
    { numRuns: 200 },
  );
});

test("the fields are all texts of the contract", () => {
  const names = FIELDS.map((field: TextField) => fieldName(field));
  for (const name of [
    ".meshConfig.spec.traffic.outboundIpRangeExclusionList[]",
    ".meshConfig.spec.traffic.networkInterfaceExclusionList[]",
    ".meshConfig.spec.sidecar.initContainerImage",
    ".meshConfig.spec.sidecar.localProxyMode",
    ".pod.metadata.annotations[key]",
    ".pod.metadata.annotations[openservicemesh.io/outbound-port-exclusion-list]",
    ".pod.spec.containers[].livenessProbe.httpGet.port",
    ".pod.status.podIps[].ip",
    ".options.initContainerImage",
    ".options.sidecarContainerName",
  ]) {
    assert.ok(names.includes(name), name);
  }
});

test("the grammar refuses what a hostile text would make of a script", () => {
  const plain = "iptables -t nat -I PROXY_OUTPUT -d 10.0.0.0/8 -j RETURN";
  assert.equal(scriptFault(plain), undefined);
  for (const text of [...MARKS, "$(id)/8", "1.1.1.1/32;id", "010.0.0.1/32"]) {
    if (text === "+") continue;
    assert.notEqual(scriptFault(plain.replace("10.0.0.0/8", text)), undefined, JSON.stringify(text));
    assert.notEqual(scriptFault(`${plain}${text}`), undefined, JSON.stringify(text));
    assert.notEqual(scriptFault(`${text}${plain}`), undefined, JSON.stringify(text));
  }
  for (const text of MARKS) {
    const restore = `iptables-restore --noflush <<EOF\n*nat\n-A OSM_PROXY_INBOUND -i net1${text} -j RETURN\nCOMMIT\nEOF\n`;
    const nft = `nft -f - <<EOF\ntable ip proxy_redirect {\n  chain PROXY_INBOUND {\n    ip daddr { 10.0.0.0/8, 1.1.1.1${text} } return\n  }\n}\nEOF\n`;
    if (!["-", "--", "+", "."].includes(text))
      assert.notEqual(scriptFault(restore), undefined, JSON.stringify(text));
    assert.notEqual(scriptFault(nft), undefined, JSON.stringify(text));
  }
});
