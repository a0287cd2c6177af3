import type { DescMessage, JsonReadOptions } from "@bufbuild/protobuf";
import { unknownEnumNames } from "../service/json-enums.ts";
import { refusal } from "../service/refusal.ts";
import { toConnectError } from "./connect-error.ts";

/** How connect-node reads JSON: its options, and the decoder that it takes beside them to make text of bytes. */
export interface JsonOptions extends Partial<JsonReadOptions> {
  readonly textDecoder: { readonly decode: (bytes?: Uint8Array) => string };
}

/**
 * Reads JSON with unknown fields ignored, as Kubernetes objects need it, and refuses what would be lost with them: enum
 * names that the contract does not know, and bytes that are not UTF-8.
 */
export function jsonOptions(message: DescMessage): JsonOptions {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  return {
    ignoreUnknownFields: true,
    textDecoder: {
      decode(bytes) {
        const text = utf8.decode(bytes);
        const findings = unknownEnumNames(message, parsed(text));
        if (findings.length > 0) throw toConnectError(refusal(findings, "strict"));
        return text;
      },
    },
  };
}

/** The value of a JSON text; `undefined` for what is none, which connect-node is about to refuse in better words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
