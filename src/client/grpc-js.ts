/** A client on grpc-js, which has what an injector asks of gRPC: service config with retries, unix sockets, mutual TLS. */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  type ClientOptions,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";

type Methods = typeof RedirectPlanner.method;

/** Each unary method of the service by its name. A call that fails rejects with grpc-js's ServiceError. */
type Calls = {
  readonly [Name in keyof Methods as Methods[Name] extends { methodKind: "unary" } ? Name : never]: (
    request: MessageInitShape<Methods[Name]["input"]>,
    options?: CallOptions,
  ) => Promise<MessageShape<Methods[Name]["output"]>>;
};

/** The planner as a client of grpc-js calls it. */
export type PlannerClient = Calls & {
  /** Ends its connections. */
  readonly close: () => void;
};

/**
 * Makes a client. It connects with its first call, and again when a connection is lost.
 *
 * @param target where the planner is: `dns:///planner.example.com:9000`, `unix:///run/planner.sock`.
 * @param options as grpc-js takes them: `{ "grpc.service_config": text }` sets deadlines and retries.
 */
export function createPlannerClient(
  target: string,
  credentials: ChannelCredentials,
  options: ClientOptions = {},
): PlannerClient {
  const client = new Client(target, credentials, options);
  const calls = RedirectPlanner.methods
    .filter(isUnary)
    .map((method) => [method.localName, call(client, method)]);
  return { ...(Object.fromEntries(calls) as Calls), close: () => client.close() };
}

function isUnary(method: (typeof RedirectPlanner.methods)[number]): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function call<Input extends DescMessage, Output extends DescMessage>(
  client: Client,
  method: DescMethodUnary<Input, Output>,
) {
  const { parent, name, input, output } = method;
  return (request: MessageInitShape<Input>, options: CallOptions = {}): Promise<MessageShape<Output>> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${parent.typeName}/${name}`,
        (message: MessageShape<Input>) => Buffer.from(toBinary(input, message)),
        (bytes) => fromBinary(output, bytes),
        create(input, request),
        new Metadata(),
        options,
        (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
      );
    });
}

/**
 * The details of one type that a failed call carries: `findDetails(error, BadRequestSchema)` for the field violations,
 * `ErrorInfoSchema` for the reason.
 */
export function findDetails<Detail extends DescMessage>(
  error: ServiceError,
  schema: Detail,
): readonly MessageShape<Detail>[] {
  return error.metadata
    .get("grpc-status-details-bin")
    .flatMap((encoded) => (typeof encoded === "string" ? [] : fromBinary(StatusSchema, encoded).details))
    .flatMap((detail) => anyUnpack(detail, schema) ?? []);
}
