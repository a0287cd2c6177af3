import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_INPUT_BYTES } from "../../src/cli/input/text-source.ts";
import { MAX_YAML_LENGTH } from "../../src/cli/input/yaml-documents.ts";
import { type CliResult, fixture, runCli } from "./run-cli.ts";

async function refusal(stdin: string | Uint8Array): Promise<string> {
  const { code, stdout, stderr }: CliResult = await runCli(["plan", "-f", "-"], { stdin });
  assert.deepEqual([code, stdout], [1, ""]);
  return stderr;
}

describe("hostile input is refused with a reason, and soon", () => {
  it("aliases that multiply", async () => {
    const letters = [..."abcdefghi"];
    const bomb = letters.map((letter, index) => {
      const items = index === 0 ? "x" : `*${letters[index - 1]}`;
      return `${letter}: &${letter} [${Array(9).fill(items).join(", ")}]`;
    });
    assert.match(await refusal(`kind: Pod\n${bomb.join("\n")}`), /document 1: error: Excessive alias count/);
  });

  it("an alias that holds itself", async () => {
    assert.match(
      await refusal("kind: Pod\nspec: &s\n  containers: [*s]\n"),
      /^<stdin>, document 1: error: \*s holds itself/,
    );
  });

  for (const [name, open] of [
    ["YAML", "- "],
    ["JSON", '{"a":'],
    ["flow YAML", "["],
  ] as const) {
    it(`${name} that is nested without end`, async () => {
      assert.match(await refusal(open.repeat(20_000)), /^<stdin>.*: error: /);
    });
  }

  it("a pod that is nested too deeply to be read", async () => {
    const depth = 50_000;
    const pod = `{"kind": "Pod", "spec": ${'{"os":'.repeat(depth)}{}${"}".repeat(depth)}}`;
    const { code } = await runCli(["plan", "-f", "-"], { stdin: pod });
    assert.ok(code === 0 || code === 1);
  });

  it("more bytes than are read", async () => {
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    let given = 0;
    const { code, stderr } = await runCli(["plan", "-f", "-"], {
      stdin: (async function* () {
        for (; ; given += 1) yield megabyte;
      })(),
    });
    assert.equal(code, 1);
    assert.equal(stderr, `<stdin>: error: is over the limit of ${MAX_INPUT_BYTES} bytes\n`);
    assert.ok(given <= MAX_INPUT_BYTES / megabyte.length);
  });

  it("more YAML than is read", async () => {
    const stderr = await refusal(`kind: Pod\n${"#".repeat(MAX_YAML_LENGTH)}`);
    assert.match(stderr, /is over the limit of 16777216 characters for YAML; JSON .* may be larger/);
  });

  const refusals: readonly [string, string | Uint8Array, RegExp][] = [
    ["a NUL byte", "kind: Pod\nmetadata: {name: a\0b}\n", /^<stdin>:2: error: has a NUL byte/],
    ["bytes that are not UTF-8", new Uint8Array([0x6b, 0xff, 0x00]), /^<stdin>: error: is not UTF-8\n$/],
    ["UTF-16", Buffer.from("\ufeffkind: Pod", "utf16le"), /is not UTF-8 but UTF-16: save it as UTF-8/],
    [
      "a key twice",
      "kind: Pod\nkind: MeshConfig\n",
      /^<stdin>:2:1: error: not YAML: Map keys must be unique/,
    ],
    [
      "a key twice, in JSON",
      '{"kind": "Pod", "kind": "MeshConfig"}',
      /^<stdin>:1:25: error: kind: the key stands twice/,
    ],
    [
      "a million keys twice",
      `{"kind": "Pod", "a": {${'"b":1,'.repeat(1_000_000)}"b":1}}`,
      /a\.b: the key stands twice/,
    ],
  ];
  for (const [name, stdin, message] of refusals) {
    it(name, async () => assert.match(await refusal(stdin), message));
  }

  it("files that are not there, are directories, or have no possible name", async () => {
    for (const [file, message] of [
      ["nowhere.yaml", /^nowhere\.yaml: error: no such file\n$/],
      [fixture("."), /: error: is a directory; name the files in it\n$/],
      ["a\0b", /^a\\u\{0\}b: error: no file has a NUL byte in its name\n$/],
    ] as const) {
      const { code, stderr } = await runCli(["plan", "-f", file]);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  });
});

describe("hostile input that is only odd gets a plan", () => {
  it("keys that are names of JavaScript", async () => {
    const pod = `{"kind": "Pod", "__proto__": {"spec": {"hostNetwork": true}}, "constructor": 1,
      "metadata": {"annotations": {"__proto__": "x", "toString": "y"}}}`;
    const { code, stderr } = await runCli(["plan", "-f", "-"], { stdin: pod });
    assert.equal(code, 0, stderr);
  });

  it("a byte order mark", async () => {
    assert.equal((await runCli(["plan", "-f", "-"], { stdin: "\ufeffkind: Pod" })).code, 0);
  });

  it("ten megabytes of pods from kubectl", async () => {
    const containers = Array.from({ length: 5 }, (_, index) => ({
      name: `c${index}`,
      image: "example/app:1",
      env: Array.from({ length: 10 }, (_, variable) => ({ name: `E${variable}`, value: "some value" })),
    }));
    const items = Array.from({ length: 1500 }, (_, index) => ({
      kind: "Pod",
      metadata: {
        name: `p${index}`,
        annotations: { "openservicemesh.io/inbound-port-exclusion-list": "80,80" },
      },
      spec: { containers },
    }));
    const stdin = JSON.stringify({ kind: "List", items }, null, 4);
    assert.ok(stdin.length > 10_000_000);
    const { code, stderr } = await runCli(["plan", "-f", "-"], { stdin });
    assert.equal(code, 0);
    assert.equal(stderr.match(/DUPLICATE_ENTRY/g)?.length, 1500);
  });
});
