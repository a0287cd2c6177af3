/** A client on grpc-js, which has what an injector asks of gRPC: service config with retries, unix sockets, mutual TLS. */
import {
  create,
  type DescMessage,
  type DescMethod,
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
  type ClientDuplexStream,
  type ClientOptions,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";

type Methods = typeof RedirectPlanner.method;

/** A method as it is called: a unary one takes its request, a stream of both sides is handed out as it opens. */
type Call<Method extends DescMethod> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageInitShape<Input>, options?: CallOptions) => Promise<MessageShape<Output>>
    : (
        options?: CallOptions,
      ) => ClientDuplexStream<MessageInitShape<Method["input"]>, MessageShape<Method["output"]>>;

/** The methods of the service by their names. A call that fails does so with grpc-js's ServiceError. */
type Calls = { readonly [Name in keyof Methods]: Call<Methods[Name]> };

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
  const calls = RedirectPlanner.methods.map((method) => [method.localName, callOf(client, method)]);
  return { ...(Object.fromEntries(calls) as Calls), close: () => client.close() };
}

function callOf(client: Client, method: DescMethod) {
  const wire = wireOf(method);
  if (method.methodKind !== "unary") {
    return (options: CallOptions = {}) => client.makeBidiStreamRequest(...wire, new Metadata(), options);
  }
  return (request: MessageInitShape<DescMessage>, options: CallOptions = {}) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(...wire, request, new Metadata(), options, (error, answer) =>
        answer === undefined ? reject(error) : resolve(answer),
      );
    });
}

/** How a method goes over the wire: its path, and how its messages are written and read. */
function wireOf({ parent, name, input, output }: DescMethod) {
  return [
    `/${parent.typeName}/${name}`,
    (request: MessageInitShape<DescMessage>) => Buffer.from(toBinary(input, create(input, request))),
    (bytes: Buffer) => fromBinary(output, bytes),
  ] as const;
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
