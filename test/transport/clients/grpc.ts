import { Client as GrpcClient, status } from "@grpc/grpc-js";
import { type Answer, answered, type Client, failed, pathOf, statusDetails } from "./client.ts";
import { endpointOf } from "./endpoint.ts";

/** Native gRPC, by grpc-js. */
export const grpc: Client = {
  name: "gRPC",
  format: "binary",
  call(target, request, method) {
    const { address, credentials, options } = endpointOf(target).grpc;
    const client = new GrpcClient(address, credentials, options);
    const bytes = (message: Buffer): Buffer => message;
    return new Promise<Answer>((resolve) => {
      client.makeUnaryRequest(pathOf(method), bytes, bytes, Buffer.from(request), (error, response) => {
        client.close();
        if (response !== undefined) {
          resolve(answered("binary", response, method));
          return;
        }
        const [details] = error?.metadata.get("grpc-status-details-bin") ?? [];
        const code = status[error?.code ?? status.UNKNOWN] ?? "";
        const encoded = details instanceof Buffer ? details : undefined;
        resolve(failed(code, error?.details ?? "", statusDetails(encoded)));
      });
    });
  },
};
