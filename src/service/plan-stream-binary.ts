import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  PlanItemSchema,
  PlanResultSchema,
  PlanStreamRequestSchema,
  PlanStreamResponseSchema,
} from "../gen/redirect/v1/plan_stream_pb.ts";
import { orMalformed } from "./codec.ts";
import { createFrameRooms } from "./frame-rooms.ts";
import type { PlanRoute } from "./plan-route.ts";
import type { ItemFormat, ItemMessage } from "./plan-stream.ts";
import { ServiceError } from "./service-error.ts";
import { encodeStatus } from "./status.ts";

const REQUEST = PlanStreamRequestSchema.field;
const ITEM = PlanItemSchema.field;
const RESULT = PlanResultSchema.field;
const NOTHING = new Uint8Array();

/**
 * Protobuf's wire format. Items are told apart before they are decoded, so that one that is no message spoils no other,
 * and what `Plan` answers goes into a message of results as it is.
 */
export function binaryItems(plan: PlanRoute): ItemFormat<Uint8Array, EncodedResult> {
  const rooms = createFrameRooms();
  return {
    noDefaults: NOTHING,
    read: (message) => orMalformed(() => readMessage(message)),
    completedBy(defaults) {
      const answer = plan.completedBy(defaults);
      return (item) => {
        let id = "";
        try {
          const read = orMalformed(() => readItem(item));
          id = read.id;
          return encodeResult(id, RESULT.response.number, answer(read.request).message);
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          return encodeResult(id, RESULT.error.number, encodeStatus(error));
        }
      };
    },
    write: (results) => rooms.framed(results.flatMap(({ head, content }) => [head, content])),
  };
}

function readMessage(message: Uint8Array): ItemMessage<Uint8Array> {
  const items: Uint8Array[] = [];
  let defaults: Uint8Array | undefined;
  for (const { number, content } of fieldsOf(message)) {
    if (content === undefined) continue;
    if (number === REQUEST.items.number) items.push(content);
    // A message that is given twice is merged, which in this format is to put one behind the other.
    else if (number === REQUEST.defaults.number) defaults = joined(defaults, content);
  }
  return { defaults, items };
}

function readItem(item: Uint8Array) {
  let id = "";
  let request: Uint8Array = NOTHING;
  for (const { number, content } of fieldsOf(item)) {
    if (content === undefined) continue;
    if (number === ITEM.id.number) id = textOf(content);
    else if (number === ITEM.request.number) request = joined(request, content);
  }
  return { id, request };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** A field as it stands in a message. */
interface Field {
  readonly number: number;
  /** Absent when it is no string, no bytes and no message. */
  readonly content: Uint8Array | undefined;
}

/** @throws RangeError when the bytes are no message. */
function fieldsOf(message: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const content = type === WireType.LengthDelimited ? reader.bytes() : undefined;
    if (content === undefined) reader.skip(type, number);
    fields.push({ number, content });
  }
  return fields;
}

function joined(first: Uint8Array | undefined, second: Uint8Array): Uint8Array {
  return first === undefined || first.byteLength === 0 ? second : Buffer.concat([first, second]);
}

/** A result, whose content is not copied before it goes into a message. */
interface EncodedResult {
  readonly head: Uint8Array;
  readonly content: Uint8Array;
  /** Of both together. */
  readonly length: number;
}

/** Writes every head, since it keeps its room: to make room takes longer than to write one. */
const writer = new BinaryWriter();

function encodeResult(id: string, field: number, content: Uint8Array): EncodedResult {
  const idLength = Buffer.byteLength(id);
  writer
    .tag(PlanStreamResponseSchema.field.items.number, WireType.LengthDelimited)
    .uint32((id === "" ? 0 : fieldLength(idLength)) + fieldLength(content.byteLength));
  if (id !== "") writer.tag(RESULT.id.number, WireType.LengthDelimited).string(id);
  const head = writer.tag(field, WireType.LengthDelimited).uint32(content.byteLength).finish();
  return { head, content, length: head.byteLength + content.byteLength };
}

/** The bytes of a field of that many, with its length and its tag, which takes one: results have few fields. */
function fieldLength(contentLength: number): number {
  const significantBits = 32 - Math.clz32(contentLength | 1);
  return 1 + Math.ceil(significantBits / 7) + contentLength;
}
