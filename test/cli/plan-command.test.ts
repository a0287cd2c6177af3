import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { DIALECTS } from "../../src/policy/inputs.ts";
import { fixture, runCli } from "./run-cli.ts";

/** The text that the page shows for its demo pod, whose mesh excludes 54.91.118.50/32. */
const SEED_ARGS = readFileSync(new URL("golden/seed-args.txt", import.meta.url), "utf8");

const STATIC_PART = SEED_ARGS.slice(0, SEED_ARGS.indexOf(" && iptables -t nat -I "));

function withInsertions(...insertions: readonly string[]): string {
  return [STATIC_PART, ...insertions.map((rule) => `iptables -t nat -I ${rule}`)].join(" && ");
}

async function script(argv: readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await runCli(["plan", ...argv], { stdin });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("plan prints the page's script", () => {
  const RANGE = "54.91.118.50/32";

  it("for its demo, given the mesh config", async () => {
    const patched = { kind: "MeshConfig", spec: { traffic: { outboundIPRangeExclusionList: [RANGE] } } };
    assert.equal(await script(["-f", "-"], JSON.stringify(patched)), SEED_ARGS);
  });

  it("for its demo, given Helm's --set", async () => {
    assert.equal(await script(["--set", `osm.outboundIPRangeExclusionList={${RANGE}}`]), SEED_ARGS);
  });

  it("for its two ranges, given the mesh config or --set", async () => {
    const expected = withInsertions(
      "PROXY_OUTPUT -d 1.1.1.1/32 -j RETURN",
      "PROXY_OUTPUT -d 2.2.2.2/24 -j RETURN",
    );
    const patched =
      "kind: MeshConfig\nspec: {traffic: {outboundIPRangeExclusionList: [1.1.1.1/32, 2.2.2.2/24]}}";
    assert.equal(await script(["-f", "-"], patched), expected);
    assert.equal(await script(["--set=osm.outboundIPRangeExclusionList={1.1.1.1/32,2.2.2.2/24}"]), expected);
  });

  for (const [direction, chain] of [
    ["outbound", "PROXY_OUTPUT"],
    ["inbound", "PROXY_INBOUND"],
  ] as const) {
    it(`for its two ${direction} ports, given the mesh config, --set, an annotation in a file or --annotate`, async () => {
      const expected = withInsertions(`${chain} -p tcp --match multiport --dports 6379,7070 -j RETURN`);
      const annotation = `openservicemesh.io/${direction}-port-exclusion-list`;
      const patched = `kind: MeshConfig\nspec: {traffic: {${direction}PortExclusionList: [6379, 7070]}}`;
      const annotated = `kind: Pod\nmetadata: {annotations: {${annotation}: "6379,7070"}}`;
      assert.equal(await script(["-f", "-"], patched), expected);
      assert.equal(await script(["--set", `osm.${direction}PortExclusionList={6379,7070}`]), expected);
      assert.equal(await script(["-f", "-"], annotated), expected);
      assert.equal(await script(["--annotate", `${annotation}=6379,7070`]), expected);
    });
  }
});

describe("plan", () => {
  it("merges the mesh's ports with the pod's, and tells the repeated one with the file it is in", async () => {
    const { code, stdout, stderr } = await runCli([
      "plan",
      "-f",
      fixture("meshconfig.yaml"),
      "-f",
      fixture("pod.yaml"),
    ]);
    assert.equal(code, 0);
    assert.match(stdout, / --dports 6379,8080,7070 -j RETURN$/);
    const duplicate = stderr.split("\n").filter((line) => line.includes("DUPLICATE_ENTRY"));
    assert.equal(duplicate.length, 1);
    assert.ok(
      duplicate[0]?.startsWith(
        `${fixture("pod.yaml")}:7:54: warning: DUPLICATE_ENTRY: pod.metadata.annotations["openservicemesh.io/outbound-port-exclusion-list"][0]: `,
      ),
      duplicate[0],
    );
  });

  it("lets flags replace what the files say", async () => {
    const output = await script([
      ...["-f", fixture("meshconfig.yaml"), "--set", "osm.outboundPortExclusionList={1}"],
      ...["-f", fixture("pod.yaml"), "--annotate", "openservicemesh.io/outbound-port-exclusion-list=2"],
    ]);
    assert.match(output, / --dports 1,2 -j RETURN$/);
  });

  it("names the flag that a bad value came from", async () => {
    const { code, stdout, stderr } = await runCli([
      "plan",
      ...["-f", fixture("meshconfig.yaml"), "--set", "osm.outboundPortExclusionList={70000,http}"],
    ]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^--set osm\.outboundPortExclusionList: error: spec\.traffic\.outboundPortExclusionList\[1\]: must be/m,
    );

    const image = await runCli(["plan", "--image", "not an image"]);
    assert.equal(image.code, 1);
    assert.match(image.stderr, /^--image: error: INVALID_IMAGE: /);

    const annotation = await runCli([
      "plan",
      "--annotate",
      "openservicemesh.io/inbound-port-exclusion-list=80,",
    ]);
    assert.match(
      annotation.stderr,
      /^--annotate openservicemesh\.io\/inbound-port-exclusion-list: error: EMPTY_ITEM: /,
    );
  });

  it("tells every bad input at once, prints no script, and exits with 1", async () => {
    const pod = `kind: Pod
metadata:
  annotations:
    openservicemesh.io/outbound-port-exclusion-list: "http,70000"
    openservicemesh.io/inbound-port-exclusion-list: ""
spec:
  hostNetwork: true
`;
    const { code, stdout, stderr } = await runCli(["plan", "-f", "-"], { stdin: pod });
    assert.deepEqual([code, stdout], [1, ""]);
    const codes = stderr.split("\n").map((line) => /^<stdin>:(\d+):\d+: error: (\w+): /.exec(line)?.slice(1));
    const sorted = codes.filter((found) => found !== undefined).sort();
    assert.deepEqual(sorted, [
      ["4", "INVALID_PORT"],
      ["4", "INVALID_PORT"],
      ["5", "EMPTY_ITEM"],
      ["7", "HOST_NETWORK"],
    ]);
  });

  it("reports what enforcement lets pass beside the plan", async () => {
    const pod = "kind: Pod\nspec: {containers: [{name: a, ports: [{containerPort: 15001}]}]}";
    assert.equal((await runCli(["plan", "-f", "-"], { stdin: pod })).code, 1);
    const reported = await runCli(["plan", "--enforcement", "report", "-f", "-"], { stdin: pod });
    assert.equal(reported.code, 0);
    assert.equal(reported.stdout, STATIC_PART);
    assert.match(reported.stderr, /^<stdin>:2:\d+: error: RESERVED_PORT_IN_USE: /m);
  });

  it("plans for the pod template of a workload, and finds the template's fields in the file", async () => {
    const deployment = `kind: Deployment
metadata: {name: shop}
spec:
  template:
    metadata:
      annotations:
        openservicemesh.io/outbound-port-exclusion-list: "80,80"
`;
    const { stdout, stderr } = await runCli(["plan", "-f", "-"], { stdin: deployment });
    assert.match(stdout, / --dports 80 -j RETURN$/);
    assert.match(stderr, /^<stdin>:7:58: warning: DUPLICATE_ENTRY: /m);
  });

  it("says so when the files have no pod", async () => {
    const mesh = await runCli(["plan", "-f", fixture("meshconfig.yaml")]);
    assert.equal(mesh.code, 0);
    assert.match(mesh.stderr, /^redirect-planner: note: no pod in the files/);
    assert.doesNotMatch((await runCli(["plan"])).stderr, /note:/);
  });

  it("refuses a second mesh config, and names both", async () => {
    const { code, stderr } = await runCli(["plan", "-f", fixture("meshconfig.yaml"), "-f", "-"], {
      stdin: "kind: Pod\n---\nkind: MeshConfig\n",
    });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `<stdin>:3:1: error: a second MeshConfig; a mesh has one, and ${fixture("meshconfig.yaml")}:1:1 has it\n`,
    );
  });

  for (const dialect of DIALECTS) {
    it(`knows the dialect ${dialect}`, async () => {
      const { code, stderr } = await runCli(["plan", "--dialect", dialect]);
      assert.notEqual(code, 2, stderr);
    });
  }
});

describe("plan -o", () => {
  const files = ["-f", fixture("meshconfig.yaml"), "-f", fixture("pod.yaml")];

  it("script ends with a newline on a terminal only", async () => {
    const piped = await runCli(["plan", ...files]);
    const shown = await runCli(["plan", ...files], { terminal: true, env: { NO_COLOR: "1" } });
    assert.ok(!piped.stdout.endsWith("\n"));
    assert.equal(shown.stdout, `${piped.stdout}\n`);
  });

  it("json and yaml hold the same answer, with the script of -o script", async () => {
    const json: unknown = JSON.parse(await script([...files, "-o", "json"]));
    assert.deepEqual(parse(await script([...files, "-o", "yaml"])), json);
    assert.ok(typeof json === "object" && json !== null && "script" in json);
    assert.equal(json.script, await script(files));
  });

  it("init-container is a list to paste, whose arguments are the script", async () => {
    const [container] = parse(await script([...files, "-o", "init-container"]));
    assert.deepEqual(container.args, ["-c", await script(files)]);
  });

  it("cleanup-script is the text that undoes the script", async () => {
    assert.match(await script([...files, "-o", "cleanup-script"]), /-X PROXY_INBOUND/);
  });

  it("table has the rules in the kernel's order, with the input behind each", async () => {
    const table = await script([...files, "-o", "table"]);
    assert.equal(table, readFileSync(new URL("golden/table.txt", import.meta.url), "utf8"));
  });

  it("table is bold at the head on a terminal", async () => {
    const { stdout } = await runCli(["plan", ...files, "-o", "table"], { terminal: true });
    assert.ok(stdout.startsWith("\u001b[1mCHAIN "));
  });
});

describe("plan for several pods", () => {
  const PODS = `kind: Pod
metadata: {name: a, namespace: shop}
---
kind: Pod
metadata: {name: b}
spec: {hostNetwork: true}
---
kind: Deployment
metadata: {name: c}
spec: {template: {spec: {}}}
`;

  it("puts each script under the name of its pod, passes over the refused, and exits with 1", async () => {
    const { code, stdout } = await runCli(["plan", "-f", "-"], { stdin: PODS });
    assert.equal(code, 1);
    assert.equal(stdout, `# Pod shop/a\n${STATIC_PART}\n\n# Deployment c\n${STATIC_PART}\n`);
  });

  it("prints a line of JSON for each, the refused with their findings", async () => {
    const { stdout } = await runCli(["plan", "-f", "-", "-o", "json"], { stdin: PODS });
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ id, response, findings }) => [id, response?.script, findings?.[0].code]),
      [
        ["shop/a", STATIC_PART, undefined],
        ["b", undefined, "FINDING_CODE_HOST_NETWORK"],
        ["c", STATIC_PART, undefined],
      ],
    );
  });

  it("prints a YAML document for each", async () => {
    const { stdout } = await runCli(["plan", "-f", "-", "-o", "yaml"], { stdin: PODS });
    const documents = parseAllDocuments(stdout).map((document) => document.toJS());
    assert.deepEqual(
      documents.map(({ script }) => script),
      [STATIC_PART, STATIC_PART],
    );
  });

  it("takes a Kubernetes list of one for several, so that the form does not hang on the count", async () => {
    const list = JSON.stringify({ kind: "List", items: [{ kind: "Pod", metadata: { name: "a" } }] });
    const { stdout } = await runCli(["plan", "-f", "-"], { stdin: list });
    assert.equal(stdout, `# Pod a\n${STATIC_PART}\n`);
  });

  it("tells what holds for all of them once", async () => {
    const { stderr } = await runCli(["plan", "-f", "-"], { stdin: PODS });
    assert.equal(stderr.match(/NOT_RERUNNABLE/g)?.length, 1);
  });

  it("never lets a pod's name leave its comment", async () => {
    const list = { kind: "List", items: [{ kind: "Pod", metadata: { name: "a\nrm\r\u2028 -rf /" } }] };
    for (const output of ["script", "yaml", "init-container", "cleanup-script"]) {
      const { stdout } = await runCli(["plan", "-f", "-", "-o", output], { stdin: JSON.stringify(list) });
      assert.ok(stdout.startsWith("# Pod a\\u{a}rm\\u{d}\\u{2028} -rf /\n"), stdout.slice(0, 80));
    }
  });
});
