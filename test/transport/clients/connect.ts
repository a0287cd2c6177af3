import { type Answer, answered, type Client, type Format, failed, pathOf, statusDetails } from "./client.ts";
import { type HttpResponse, type HttpVersion, post } from "./http.ts";

/** The Connect protocol, by hand: the message is the body, and an error is JSON with an HTTP status. */
export function connectClient(format: Format, version: HttpVersion): Client {
  const type = format === "json" ? "application/json" : "application/proto";
  return {
    name: `Connect ${format} over ${version}`,
    format,
    async call(target, request, method) {
      const response = await post(version, target, pathOf(method), { "content-type": type }, request);
      return response.status === 200 ? answered(format, response.body, method) : connectError(response);
    },
  };
}

/** The JSON form of an error of Connect. */
interface ConnectErrorJson {
  readonly code: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

function connectError({ body }: HttpResponse): Answer {
  const error = JSON.parse(body.toString()) as ConnectErrorJson;
  const details = (error.details ?? []).map(({ type, value }) => ({
    type,
    value: Buffer.from(value, "base64"),
  }));
  return failed(error.code.toUpperCase(), error.message ?? "", details);
}

/** Set in the first byte of a frame that holds trailers (gRPC-Web). */
export const TRAILER_FLAG = 0x80;

/** gRPC-Web, by hand: frames with a length, the last of which holds the trailers; or trailers as headers alone. */
export function grpcWebClient(format: Format, version: HttpVersion): Client {
  const type = format === "json" ? "application/grpc-web+json" : "application/grpc-web+proto";
  return {
    name: `gRPC-Web ${format} over ${version}`,
    format,
    async call(target, request, method) {
      const response = await post(version, target, pathOf(method), { "content-type": type }, frame(request));
      const { message, trailers } = unframe(response);
      const code = statusName(trailers.get("grpc-status"));
      if (code === "OK" && message !== undefined) return answered(format, message, method);
      const details = trailers.get("grpc-status-details-bin");
      const encoded = details === undefined ? undefined : Buffer.from(details, "base64");
      return failed(code, decodeURIComponent(trailers.get("grpc-message") ?? ""), statusDetails(encoded));
    },
  };
}

/** A message as a frame of gRPC: a flag, its length, its bytes. */
export function frame(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

function unframe({ headers, body }: HttpResponse) {
  const trailers = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  let message: Uint8Array | undefined;
  for (const { flags, content } of framesOf(body)) {
    if (flags === TRAILER_FLAG) for (const [name, value] of trailersIn(content)) trailers.set(name, value);
    else message = content;
  }
  return { message, trailers };
}

/** The frames of a body. */
export function* framesOf(body: Buffer): Generator<{ readonly flags: number; readonly content: Buffer }> {
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    yield { flags: body.readUInt8(at), content: body.subarray(at + 5, end) };
    at = end;
  }
}

/** The trailers in the last frame of gRPC-Web. */
export function trailersIn(content: Buffer): readonly (readonly [string, string])[] {
  return content
    .toString()
    .trim()
    .split("\r\n")
    .map((line) => {
      const [name = "", value = ""] = line.split(/: ?/, 2);
      return [name.toLowerCase(), value];
    });
}

/** Codes of gRPC by their number. */
const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
];

/** The name of a code of gRPC by its number. */
export function statusName(code: string | undefined): string {
  return CODES[Number(code)] ?? `status ${code}`;
}
