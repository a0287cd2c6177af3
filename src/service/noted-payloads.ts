import { type DescMessage, type Message, toJson } from "@bufbuild/protobuf";
import { decodeBinary } from "./codec.ts";
import type { UnaryRoute } from "./routes.ts";

/** A route that notes down what is asked and what is answered. Bytes that are no message are not noted. */
export function notingPayloads(route: UnaryRoute): UnaryRoute {
  const { input, output } = route.method;
  return {
    ...route,
    handle(request, notes) {
      const payload: typeof notes.payload = { request: jsonOf(input, request) };
      notes.payload = payload;
      const response = route.handle(request, notes);
      payload.response = jsonOf(output, response);
      return response;
    },
    answer(bytes, notes) {
      const payload: typeof notes.payload = { request: jsonOf(input, decodeBinary(input, bytes)) };
      notes.payload = payload;
      const response = route.answer(bytes, notes);
      payload.response = jsonOf(output, decodeBinary(output, response.message));
      return response;
    },
  };
}

/** A message in ProtoJSON. Some that can be sent have none, such as a `google.protobuf.Value` without a value. */
function jsonOf(schema: DescMessage, message: Message): unknown {
  try {
    return toJson(schema, message);
  } catch {
    return "a message that has no JSON form";
  }
}
