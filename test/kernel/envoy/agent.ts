/** A process inside a namespace that listens and calls as it is told. Its argument is the UID that it becomes. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { isIPv6 } from "node:net";
import { createInterface } from "node:readline";
import {
  endpoint,
  type NumberedOrder,
  type NumberedOutcome,
  type Order,
  type Outcome,
  type Seen,
} from "./agent-protocol.ts";

/** Milliseconds that a call may take. */
const PATIENCE = 2_000;

/**
 * The local port of the last TCP call; each has its own. The kernel gives calls to different places the same one, and where
 * both are redirected to one listener, it changes the port of the second on the way: a caller's end no longer says who it is.
 * Below the ports that it hands out by itself (`ip_local_port_range`).
 */
let lastLocalPort = 20_000;

const uid = Number(process.argv[2]);
// Sockets belong to who opens them, and so does what the kernel's owner match sees.
process.setgroups?.([]);
process.setgid?.(uid);
process.setuid?.(uid);

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, order }: NumberedOrder = JSON.parse(line);
  const answer: NumberedOutcome = { id, outcome: await carryOut(order) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
// The end of the input is the end of the test, however it ended.
lines.on("close", () => process.exit());
process.stdout.write("\n");

async function carryOut(order: Order): Promise<Outcome> {
  switch (order.kind) {
    case "listen":
      await (order.protocol === "tcp" ? listenTcp(order) : listenUdp(order));
      return { kind: "listening" };
    case "call":
      return order.protocol === "tcp" ? callTcp(order) : callUdp(order);
  }
}

type Listen = Extract<Order, { kind: "listen" }>;
type Call = Extract<Order, { kind: "call" }>;

async function listenTcp({ address, port }: Listen): Promise<void> {
  const server = createServer(({ socket }, response) => {
    const { remoteAddress = "", remotePort = 0 } = socket;
    const seen: Seen = { caller: endpoint(remoteAddress, remotePort) };
    response.setHeader("connection", "close");
    response.end(JSON.stringify(seen));
  });
  server.listen({ host: address, port, ipv6Only: true });
  await once(server, "listening");
}

async function listenUdp({ address, port }: Listen): Promise<void> {
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", ipv6Only: isIPv6(address) });
  socket.on("message", (_, { address: remote, port: remotePort }) => {
    const seen: Seen = { caller: endpoint(remote, remotePort) };
    socket.send(JSON.stringify(seen), remotePort, remote);
  });
  socket.bind(port, address);
  await once(socket, "listening");
}

function callTcp({ address, port, path }: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    let from = "";
    const localPort = ++lastLocalPort;
    const request = get({ host: address, port, localPort, path, agent: false, timeout: PATIENCE });
    request.on("socket", (socket) =>
      socket.on("connect", () => {
        from = endpoint(socket.localAddress ?? "", socket.localPort ?? 0);
      }),
    );
    request.on("timeout", () => request.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "unanswered", code: error.code ?? error.message }),
    );
    request.on("response", async (response) => {
      const parts: string[] = [];
      response.setEncoding("utf8");
      response.on("error", (error: NodeJS.ErrnoException) =>
        resolve({ kind: "unanswered", code: error.code ?? error.message }),
      );
      response.on("data", (part: string) => parts.push(part));
      response.on("end", () =>
        resolve({ kind: "answered", from, status: response.statusCode ?? 0, body: parts.join("") }),
      );
    });
  });
}

function callUdp({ address, port }: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ kind: "unanswered", code: "ETIMEDOUT" }), PATIENCE);
    socket.on("error", (error: NodeJS.ErrnoException) =>
      end({ kind: "unanswered", code: error.code ?? error.message }),
    );
    socket.connect(port, address, () => {
      const { address: own, port: ownPort } = socket.address();
      socket.on("message", (body) =>
        end({ kind: "answered", from: endpoint(own, ownPort), status: 200, body: body.toString() }),
      );
      socket.send("who calls?");
    });
  });
}
