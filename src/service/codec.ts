import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { unknownEnumNames } from "./json-enums.ts";
import { refusal } from "./refusal.ts";
import { malformedRequest } from "./service-error.ts";

/** How messages are encoded: protobuf's wire format, or ProtoJSON in UTF-8. */
export type MessageFormat = "binary" | "json";

/** How requests are decoded. What the contract does not name is dropped: 4 MiB of it would take 200 MiB to keep. */
export const READ_OPTIONS = { readUnknownFields: false } as const;

/** A message. @throws ServiceError when the bytes are none. */
export function decode<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  format: MessageFormat,
): MessageShape<Desc> {
  return format === "binary" ? decodeBinary(schema, bytes) : decodeJson(schema, parseJson(bytes));
}

/** The bytes of a message. */
export function encode<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  format: MessageFormat,
): Uint8Array {
  return format === "binary" ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
}

/** A message in protobuf's wire format. @throws ServiceError when it is none. */
export function decodeBinary<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  return orMalformed(() => fromBinary(schema, bytes, READ_OPTIONS));
}

/** The JSON that bytes are the text of. @throws ServiceError when they are none, or no UTF-8. */
export function parseJson(bytes: Uint8Array): JsonValue {
  return orMalformed(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
}

/**
 * A message in its JSON form. Unknown fields are ignored, as Kubernetes objects need it; an enum name that the contract
 * does not know is not.
 *
 * @throws ServiceError when it is none.
 */
export function decodeJson<Desc extends DescMessage>(schema: Desc, json: JsonValue): MessageShape<Desc> {
  const findings = unknownEnumNames(schema, json);
  if (findings.length > 0) throw refusal(findings, "strict");
  return orMalformed(() => fromJson(schema, json, { ignoreUnknownFields: true }));
}

/** What reading gives. @throws ServiceError, for the caller's fault that anything else is which it throws. */
export function orMalformed<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw malformedRequest(cause instanceof Error ? cause.message : String(cause));
  }
}
