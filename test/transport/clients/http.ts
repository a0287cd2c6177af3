import { once } from "node:events";
import { request as http1Request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:http2";
import { buffer } from "node:stream/consumers";
import { type Endpoint, endpointOf, type Target } from "./endpoint.ts";

/** Versions of HTTP. HTTP/2 is spoken with prior knowledge: no TLS, no upgrade. */
export type HttpVersion = "HTTP/1.1" | "HTTP/2";

/** A response, read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly trailers: Readonly<IncomingHttpHeaders>;
  readonly body: Buffer;
}

/** Sends one POST request on a connection of its own. */
export function post(
  version: HttpVersion,
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<HttpResponse> {
  return (version === "HTTP/1.1" ? postHttp1 : postHttp2)(endpointOf(target), path, headers, body);
}

async function postHttp1(
  endpoint: Endpoint,
  path: string,
  headers: Readonly<Record<string, string>>,
  sent: Uint8Array,
): Promise<HttpResponse> {
  const createConnection = () => endpoint.connect("HTTP/1.1");
  const request = http1Request({ host: "localhost", path, method: "POST", headers, createConnection });
  request.end(sent);
  const [response] = await once(request, "response");
  const body = await buffer(response);
  return { status: response.statusCode ?? 0, headers: response.headers, trailers: response.trailers, body };
}

async function postHttp2(
  endpoint: Endpoint,
  path: string,
  headers: Readonly<Record<string, string>>,
  sent: Uint8Array,
): Promise<HttpResponse> {
  const session = connect(`${endpoint.scheme}://localhost`, {
    createConnection: () => endpoint.connect("HTTP/2"),
  });
  try {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.end(sent);
    const [received] = await once(stream, "response");
    const body = await buffer(stream);
    return { status: Number(received[":status"]), headers: received, trailers, body };
  } finally {
    session.close();
  }
}
