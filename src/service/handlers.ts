import type { DescMethod, DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";

/** What serves a method: a function of its request, which throws a ServiceError for all that is the caller's fault. */
export type Handler<Method extends DescMethod> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageShape<Input>) => MessageShape<Output>
    : never;

/** What serves a service: a handler for each of its unary methods, by name. */
export type Handlers<Service extends DescService> = {
  readonly [Name in keyof Service["method"] as Service["method"][Name] extends DescMethodUnary
    ? Name
    : never]: Handler<Service["method"][Name]>;
};
