import {
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { decodeBinary, type MessageFormat } from "./codec.ts";
import { type FramedMessage, framed } from "./frame.ts";
import type { LentMessage } from "./frame-rooms.ts";
import type { Handlers } from "./handlers.ts";
import { internalError, ServiceError } from "./service-error.ts";

/** A method as a transport serves it. */
export type Route = UnaryRoute | StreamRoute;

/** What a log tells of a call beside how it went: whoever answers the call notes it down. */
export interface CallNotes {
  /** `PlanResponse.digest` of the plan that is the answer. */
  digest?: string | undefined;
  /** Request and response in ProtoJSON, where the log is to have them. */
  payload?: { readonly request: unknown; response?: unknown } | undefined;
}

/** A unary method. Both calls throw a ServiceError, and nothing else. */
export interface UnaryRoute {
  readonly kind: "unary";
  /** The path of its HTTP request: `/redirect.v1.RedirectPlanner/Plan`. */
  readonly path: string;
  readonly method: DescMethodUnary;
  /** Serves a decoded request. */
  readonly handle: (request: Message, notes: CallNotes) => Message;
  /** Serves an encoded request. */
  readonly answer: (request: Uint8Array, notes: CallNotes) => FramedMessage;
}

/** A method of which a side, or both, send any number of messages. */
export interface StreamRoute {
  readonly kind: "stream";
  readonly path: string;
  readonly method: DescMethod;
  /**
   * Answers encoded requests with encoded answers, both in the format of the call. It asks for a request when its answers
   * to those before are taken, and not earlier. What it throws is a ServiceError, or came from the requests.
   */
  readonly answer: (requests: AsyncIterable<Uint8Array>, call: StreamCall) => AsyncIterable<LentMessage>;
}

/** How a stream came. */
export interface StreamCall {
  readonly format: MessageFormat;
  /** Aborted when nobody waits for the answers any more. */
  readonly signal: AbortSignal;
}

/** Told of everything a handler throws that is no ServiceError: a bug of the planner. */
export type ReportFault = (fault: unknown, path: string) => void;

/** The unary part of the table that every transport serves from: a route for each unary method of a service. */
export function createRoutes<Service extends DescService>(
  service: Service,
  handlers: Handlers<Service>,
  reportFault: ReportFault,
): readonly UnaryRoute[] {
  const byName = new Map<string, unknown>(Object.entries(handlers));
  return service.methods
    .filter(isUnary)
    .map((method) => createRoute(method, byName.get(method.localName), reportFault));
}

/** The path of a method's HTTP request. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function createRoute(method: DescMethodUnary, handler: unknown, reportFault: ReportFault): UnaryRoute {
  if (typeof handler !== "function") throw new Error(`${method.toString()} has no handler`);
  const path = pathOf(method);
  const guarded = guardFaults(path, reportFault);
  const handle = (request: Message): Message => guarded(() => handler(request));
  return {
    kind: "unary",
    path,
    method,
    handle,
    answer: (bytes) =>
      guarded(() => framed([toBinary(method.output, handle(decodeBinary(method.input, bytes)))])),
  };
}

/** Calls a handler. What it throws that is no ServiceError is reported, and INTERNAL for the caller. */
export function guardFaults(path: string, reportFault: ReportFault): <T>(call: () => T) => T {
  return (call) => {
    try {
      return call();
    } catch (fault) {
      if (fault instanceof ServiceError) throw fault;
      reportFault(fault, path);
      throw internalError();
    }
  };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}
