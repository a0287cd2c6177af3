import { create, type DescService, type MessageInitShape } from "@bufbuild/protobuf";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.ts";
import { file_google_rpc_status } from "../gen/google/rpc/status_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { quote } from "../policy/quote.ts";
import { type ContractFiles, contractFiles } from "./contract-files.ts";
import { messageStream } from "./message-stream.ts";
import type { Route } from "./routes.ts";
import { STATUS_CODES } from "./service-error.ts";

/** The services of reflection itself, under its present name and the one before. */
export const REFLECTION_SERVICES = [ServerReflection, ServerReflectionAlpha] as const;

/** Files that no service imports: the details of errors are of types that only their names tell. */
const UNIMPORTED = [file_google_rpc_status, file_google_rpc_error_details];

type Answer = NonNullable<
  Extract<MessageInitShape<typeof ServerReflectionResponseSchema>, { $typeName?: never }>["messageResponse"]
>;

/** Server reflection: gives the contract of the services, those of reflection among them. */
export function reflectionRoutes(services: readonly DescService[]): readonly Route[] {
  // Few clients ask, and a server that starts has no time to lose.
  let files: ContractFiles | undefined;
  const answer = ({ messageRequest }: ServerReflectionRequest): Answer => {
    files ??= contractFiles(services, UNIMPORTED);
    switch (messageRequest.case) {
      case "fileByFilename":
        return fileAnswer(files, files.byName(messageRequest.value), messageRequest.value);
      case "fileContainingSymbol":
        return fileAnswer(files, files.bySymbol(messageRequest.value), messageRequest.value);
      case "fileContainingExtension":
        return notFound(messageRequest.value.containingType);
      case "allExtensionNumbersOfType":
        return files.bySymbol(messageRequest.value) === undefined
          ? notFound(messageRequest.value)
          : { case: "allExtensionNumbersResponse", value: { baseTypeName: messageRequest.value } };
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        };
      case undefined:
        return errorAnswer("INVALID_ARGUMENT", "the request asks for nothing");
    }
  };
  return REFLECTION_SERVICES.map(({ method }) =>
    messageStream(method.serverReflectionInfo, async function* (requests) {
      for await (const request of requests) yield responseTo(request, answer(request));
    }),
  );
}

function responseTo(request: ServerReflectionRequest, answer: Answer): ServerReflectionResponse {
  return create(ServerReflectionResponseSchema, {
    validHost: request.host,
    originalRequest: request,
    messageResponse: answer,
  });
}

function fileAnswer(files: ContractFiles, file: ReturnType<ContractFiles["byName"]>, name: string): Answer {
  return file === undefined
    ? notFound(name)
    : { case: "fileDescriptorResponse", value: { fileDescriptorProto: files.encode(file) } };
}

function notFound(name: string): Answer {
  return errorAnswer("NOT_FOUND", `the contract has no '${quote(name)}'`);
}

function errorAnswer(code: keyof typeof STATUS_CODES, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode: STATUS_CODES[code], errorMessage } };
}
