import { connect } from "node:net";

/**
 * Sends bytes on a connection of their own, and gives what came back when the server had closed it, or had been silent
 * for a while.
 *
 * @param silenceMs how long a silence ends it. Default 5000.
 */
export function exchange(port: number, bytes: string | Uint8Array, silenceMs = 5000): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => {
      if (bytes.length > 0) socket.write(bytes);
    });
    const finish = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.setEncoding("latin1").setTimeout(silenceMs, finish);
    socket.on("data", (text: string) => {
      received += text;
    });
    socket.on("end", finish).on("error", finish);
  });
}

/** The status line's number and the body of an HTTP/1 response. */
export function parseResponse(text: string): { readonly status: number; readonly body: string } {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), body };
}
