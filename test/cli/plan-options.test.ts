import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPlanFlags } from "../../src/cli/plan-flags.ts";
import { flagOfOption } from "../../src/cli/plan-options.ts";
import { runCli } from "./run-cli.ts";

describe("the flags of plan", () => {
  it("give the engine its options, and leave out what is not given", () => {
    const flags: readonly (readonly [string, readonly string[], unknown])[] = [
      ["dialect", ["--dialect", "hardened"], "hardened"],
      ["scriptFormat", ["--format", "nftables"], "nftables"],
      ["enforcement", ["--enforcement=report"], "report"],
      ["ipFamilies", ["--ip-families", "dual"], "dual"],
      ["initContainerImage", ["--image", "a/b:c"], "a/b:c"],
      ["initContainerImagePullPolicy", ["--image-pull-policy", "Never"], "Never"],
      ["sidecarContainerName", ["--sidecar-container", "envoy"], "envoy"],
      ["outboundPortExclusions", ["--exclude-outbound-ports", "80, 8000-8010"], ["80", "8000-8010"]],
      [
        "inboundPortExclusions",
        ["--exclude-inbound-ports", "1", "--exclude-inbound-ports", "2,3"],
        ["1", "2", "3"],
      ],
      ["inboundPortInclusions", ["--include-inbound-ports", "443"], ["443"]],
      ["inboundSourceRangeExclusions", ["--exclude-inbound-sources", "10.0.0.0/8"], ["10.0.0.0/8"]],
      ["excludedUids", ["--exclude-uids", "0,4294967295"], [0, 4294967295]],
      ["excludedGids", ["--exclude-gids", "7"], [7]],
      ["iptablesBackend", ["--iptables-backend", "nf_tables"], "nf_tables"],
      ["ruleComments", ["--rule-comments"], true],
    ];
    assert.deepEqual(
      readPlanFlags(flags.flatMap(([, argv]) => argv)).options,
      Object.fromEntries(flags.map(([option, , value]) => [option, value])),
    );
    assert.deepEqual(readPlanFlags([]).options, {});
    for (const [option, argv] of flags) assert.equal(flagOfOption(option), argv[0]?.split("=")[0]);
  });

  it("are named by findings about options, and by nothing else", async () => {
    const { code, stderr } = await runCli([
      ...[
        "plan",
        "--dialect",
        "hardened",
        "--exclude-outbound-ports",
        "80-70000",
        "--image-pull-policy",
        "Perhaps",
      ],
    ]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^--exclude-outbound-ports: error: INVALID_PORT: options\.outboundPortExclusions\[0\]: /m,
    );
    assert.match(stderr, /^--image-pull-policy: error: UNKNOWN_OPTION: /m);
    assert.equal(flagOfOption("constructor"), undefined);
  });
});
