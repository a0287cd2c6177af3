import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runCli } from "./run-cli.ts";

describe("bad usage exits with 2, says what is wrong and where the help is", () => {
  const cases: readonly [readonly string[], RegExp][] = [
    [[], /^redirect-planner: a command is missing\nTry 'redirect-planner --help'\.\n$/],
    [["paln"], /unknown command 'paln'; did you mean plan\?\nTry 'redirect-planner --help'/],
    [
      ["plan", "--dialet", "x"],
      /unknown flag '--dialet'; did you mean --dialect\?\nTry 'redirect-planner plan --help'/,
    ],
    [["plan", "--constructor"], /unknown flag '--constructor'/],
    [["plan", "-x"], /unknown flag '-x'/],
    [["plan", "pod.yaml"], /unexpected argument 'pod\.yaml'; a file is given by -f/],
    [["plan", "-f"], /'-f, --file <value>' argument missing/],
    [["plan", "--set", "--annotate", "a=b"], /'--set' argument is ambiguous/i],
    [
      ["plan", "--dialect", "osm-v0.1"],
      /--dialect 'osm-v0\.1': expected osm-v0\.8, .*; did you mean osm-v0\.11\?/,
    ],
    [["plan", "--dialect", ""], /--dialect '': expected/],
    [["plan", "-o", "xml"], /--output 'xml': expected script, /],
    [["plan", "-o=jsn"], /--output 'jsn': .*did you mean json\?/],
    [["plan", "--format", "nft"], /--format 'nft': expected commands, restore, nftables/],
    [["plan", "--enforcement", "lax"], /expected strict, report/],
    [["plan", "--ip-families", "ipv5"], /expected ipv4, ipv6, dual/],
    [["plan", "--annotate", "a"], /--annotate 'a': write key=value/],
    [["plan", "--annotate", "=a"], /write key=value/],
    [
      ["plan", "--annotate", "outbound-port-exclusion-list=1"],
      /write the whole key, openservicemesh\.io\/outbound/,
    ],
    [["plan", "--set", "osm.x=1"], /--set osm\.x: no value of the mesh/],
    [["plan", "-f", "-", "-f", "-"], /-f - is given twice/],
    [["plan", "--exclude-uids", "0,root"], /--exclude-uids 'root': expected whole numbers/],
    [["plan", "--exclude-gids", "4294967296"], /expected whole numbers from 0 to 4294967295/],
    [["plan", "--iptables-backend", "nft"], /expected legacy, nf_tables/],
    [["serve", "--port", "http"], /--port 'http': expected a whole number from 0 to 65535/],
    [["serve", "--port", "65536"], /expected a whole number from 0 to 65535/],
    [["serve", "9000"], /unexpected argument '9000'\nTry/],
  ];
  for (const [argv, message] of cases) {
    it(["redirect-planner", ...argv].join(" "), async () => {
      const { code, stdout, stderr } = await runCli(argv);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
      assert.match(stderr, /\nTry 'redirect-planner( plan| serve)? --help'\.\n$/);
    });
  }
});

describe("help", () => {
  it("lists the commands, and each has its own with examples", async () => {
    for (const argv of [["--help"], ["-h"], ["help"]]) {
      const { code, stdout } = await runCli(argv);
      assert.equal(code, 0);
      assert.match(stdout, /^Plans the iptables rules .*\n[\s\S]*\n {2}plan +\S/);
    }
    for (const argv of [
      ["plan", "--help"],
      ["plan", "-f", "x", "-h"],
      ["help", "plan"],
    ]) {
      const { code, stdout } = await runCli(argv);
      assert.equal(code, 0);
      assert.match(stdout, /Usage: redirect-planner plan/);
      assert.match(stdout, /\nExamples:\n/);
    }
  });

  it("fits a terminal of 120 columns", async () => {
    for (const argv of [["--help"], ["plan", "--help"], ["serve", "--help"]]) {
      const { stdout } = await runCli(argv);
      assert.deepEqual(
        stdout.split("\n").filter((line) => line.length > 120),
        [],
      );
    }
  });

  it("tells the version of the package", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    assert.equal((await runCli(["--version"])).stdout, `${manifest.version}\n`);
  });
});
