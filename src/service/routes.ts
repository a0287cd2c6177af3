import {
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import type { Handlers } from "./handlers.ts";
import { internalError, malformedRequest, ServiceError } from "./service-error.ts";

/** A unary method as a transport serves it. Both calls throw a ServiceError, and nothing else. */
export interface UnaryRoute {
  /** The path of its HTTP request: `/redirect.v1.RedirectPlanner/Plan`. */
  readonly path: string;
  readonly method: DescMethodUnary;
  /** Serves a decoded request. */
  readonly handle: (request: Message) => Message;
  /** Serves an encoded request. */
  readonly answer: (request: Uint8Array) => Uint8Array;
}

/** Told of everything a handler throws that is no ServiceError: a bug of the planner. */
export type ReportFault = (fault: unknown, path: string) => void;

/** The table that every transport serves from: a route for each method of a service. */
export function createRoutes<Service extends DescService>(
  service: Service,
  handlers: Handlers<Service>,
  reportFault: ReportFault,
): readonly UnaryRoute[] {
  const byName = new Map<string, unknown>(Object.entries(handlers));
  return service.methods.map((method) => createRoute(method, byName.get(method.localName), reportFault));
}

function createRoute(method: DescMethod, handler: unknown, reportFault: ReportFault): UnaryRoute {
  if (!isUnary(method) || typeof handler !== "function") {
    throw new Error(`${method.toString()} has no handler of its kind`);
  }
  const path = `/${method.parent.typeName}/${method.name}`;
  const guarded = <T>(call: () => T): T => {
    try {
      return call();
    } catch (fault) {
      if (fault instanceof ServiceError) throw fault;
      reportFault(fault, path);
      throw internalError();
    }
  };
  const handle = (request: Message): Message => guarded(() => handler(request));
  return {
    path,
    method,
    handle,
    answer: (bytes) => {
      const request = decode(method, bytes);
      return guarded(() => toBinary(method.output, handle(request)));
    },
  };
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

/** How requests are decoded. What the contract does not name is dropped: 4 MiB of it would take 200 MiB to keep. */
export const READ_OPTIONS = { readUnknownFields: false } as const;

function decode(method: DescMethodUnary, bytes: Uint8Array): Message {
  try {
    return fromBinary(method.input, bytes, READ_OPTIONS);
  } catch (cause) {
    throw malformedRequest(cause instanceof Error ? cause.message : String(cause));
  }
}
