import type { MessageInitShape } from "@bufbuild/protobuf";
import { OriginKind, type OriginSchema } from "../gen/redirect/v1/ruleset_pb.ts";
import type { Origin } from "../origin.ts";

/** The init shape of a message of the contract, which `create` completes. */
export type OriginInit = MessageInitShape<typeof OriginSchema>;

const KINDS: Readonly<Record<Origin["kind"], OriginKind>> = {
  "built-in": OriginKind.BUILT_IN,
  "mesh-config": OriginKind.MESH_CONFIG,
  "pod-annotation": OriginKind.POD_ANNOTATION,
  pod: OriginKind.POD,
  option: OriginKind.OPTION,
};

/** An origin in the contract's words. */
export function originMessage(origin: Origin): OriginInit {
  if (origin.kind === "built-in") return { kind: OriginKind.BUILT_IN };
  const { kind, field, value, index } = origin;
  return { kind: KINDS[kind], field, value, ...(index !== undefined && { index }) };
}
