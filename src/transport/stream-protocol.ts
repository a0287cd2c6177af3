import {
  endStreamFlag,
  endStreamToJson,
  parseTimeout as parseConnectTimeout,
  parseContentType as parseConnectType,
} from "@connectrpc/connect/protocol-connect";
import { parseContentType, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import {
  parseContentType as parseGrpcWebType,
  trailerFlag,
  trailerSerialize,
} from "@connectrpc/connect/protocol-grpc-web";
import type { MessageFormat } from "../service/codec.ts";
import { malformedRequest, type ServiceError } from "../service/service-error.ts";
import { toConnectError } from "./connect-error.ts";
import type { Exchange } from "./exchange.ts";
import { frame } from "./frames.ts";
import { LONGEST_MS } from "./grpc-timeout.ts";

/** What a protocol has of its own in a stream. Its messages are framed alike in all of them. */
export interface StreamProtocol {
  /** The format that a content type tells; `undefined` when the protocol has none for it. */
  readonly formatOf: (contentType: string) => MessageFormat | undefined;
  /** The header that names the encoding of compressed messages. */
  readonly encodingHeader: string;
  readonly timeoutHeader: string;
  /** How long the caller waits, in milliseconds. @throws ServiceError when the header's value is no time. */
  readonly timeout: (header: string) => number | undefined;
  /** What tells, behind the messages of a response, how the stream went: trailers of HTTP, or a frame that is no message. */
  readonly ending: (error: ServiceError | undefined) => StreamEnding;
}

/** The end of a stream. */
export type StreamEnding =
  | { readonly kind: "trailers"; readonly trailers: Readonly<Record<string, string>> }
  | { readonly kind: "frame"; readonly frame: Uint8Array };

/** The content types that streams have. */
export const STREAM_TYPES =
  "application/grpc (over HTTP/2), application/grpc-web+proto, application/connect+proto or application/connect+json";

const GRPC: StreamProtocol = {
  formatOf: (contentType) => (parseContentType(contentType)?.binary ? "binary" : undefined),
  encodingHeader: "grpc-encoding",
  timeoutHeader: "grpc-timeout",
  timeout: (header) => checkedTimeout(parseTimeout(header, Number.POSITIVE_INFINITY)),
  ending: (error) => ({ kind: "trailers", trailers: Object.fromEntries(statusOf(error)) }),
};

export const STREAM_PROTOCOLS: Readonly<Record<Exchange["protocol"], StreamProtocol>> = {
  grpc: GRPC,
  "grpc-web": {
    ...GRPC,
    formatOf(contentType) {
      const type = parseGrpcWebType(contentType);
      return type === undefined || type.text ? undefined : formatName(type.binary);
    },
    ending: (error) => ({ kind: "frame", frame: frame(trailerSerialize(statusOf(error)), trailerFlag) }),
  },
  connect: {
    formatOf(contentType) {
      const type = parseConnectType(contentType);
      return type?.stream ? formatName(type.binary) : undefined;
    },
    encodingHeader: "connect-content-encoding",
    timeoutHeader: "connect-timeout-ms",
    timeout: (header) => checkedTimeout(parseConnectTimeout(header, Number.POSITIVE_INFINITY)),
    ending(error) {
      const json = endStreamToJson(new Headers(), error && toConnectError(error), undefined);
      return { kind: "frame", frame: frame(Buffer.from(JSON.stringify(json)), endStreamFlag) };
    },
  },
};

function formatName(binary: boolean): MessageFormat {
  return binary ? "binary" : "json";
}

function statusOf(error: ServiceError | undefined): Headers {
  return setTrailerStatus(new Headers(), error && toConnectError(error));
}

function checkedTimeout({ timeoutMs, error }: ReturnType<typeof parseTimeout>): number | undefined {
  if (error !== undefined) throw malformedRequest(error.rawMessage);
  return timeoutMs === undefined || timeoutMs > LONGEST_MS ? undefined : timeoutMs;
}
