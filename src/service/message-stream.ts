import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf";
import { decode, encode } from "./codec.ts";
import { framed } from "./frame.ts";
import { pathOf, type StreamRoute } from "./routes.ts";
import { malformedRequest } from "./service-error.ts";

/** A method that streams, with messages that are known to it. */
export interface StreamMethod<Input extends DescMessage, Output extends DescMessage> extends DescMethod {
  readonly input: Input;
  readonly output: Output;
}

/** What serves such a method. What it throws is a ServiceError, or came from the requests. */
export type StreamHandler<Input extends DescMessage, Output extends DescMessage> = (
  requests: AsyncIterable<MessageShape<Input>>,
  signal: AbortSignal,
) => AsyncIterable<MessageShape<Output>>;

/** A method that streams, served by a handler of decoded messages. */
export function messageStream<Input extends DescMessage, Output extends DescMessage>(
  method: StreamMethod<Input, Output>,
  handler: StreamHandler<Input, Output>,
): StreamRoute {
  return {
    kind: "stream",
    path: pathOf(method),
    method,
    async *answer(requests, { format, signal }) {
      const decoded = mapped(requests, (bytes) => decode(method.input, bytes, format));
      yield* mapped(handler(decoded, signal), (message) => framed([encode(method.output, message, format)]));
    },
  };
}

/** The only message of a stream. @throws ServiceError when it has none, or more. */
export async function only<T>(messages: AsyncIterable<T>): Promise<T> {
  const read: T[] = [];
  for await (const message of messages) {
    read.push(message);
    if (read.length > 1) break;
  }
  const [first, second] = read;
  if (first === undefined || second !== undefined) {
    throw malformedRequest("the method takes one message");
  }
  return first;
}

async function* mapped<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield map(item);
}
