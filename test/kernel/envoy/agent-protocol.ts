/** What a test says to an agent, a process inside a namespace, and what the agent answers: one JSON object a line. */

/** Protocols that agents speak: HTTP, each request over a TCP connection of its own, and UDP datagrams. */
export type Protocol = "tcp" | "udp";

/** What an agent is asked to do. */
export type Order =
  /** Answers from now on what it sees of who calls. */
  | { readonly kind: "listen"; readonly protocol: Protocol; readonly address: string; readonly port: number }
  | {
      readonly kind: "call";
      readonly protocol: Protocol;
      readonly address: string;
      readonly port: number;
      /** Path of an HTTP request. */
      readonly path: string;
    };

/** One end of a connection, as text: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export type Endpoint = string;

/** How an order ended. A call that got no answer is no error of the agent. */
export type Outcome =
  | { readonly kind: "listening" }
  | {
      readonly kind: "answered";
      /** The caller's own end. */
      readonly from: Endpoint;
      /** HTTP status; 200 for UDP. */
      readonly status: number;
      readonly body: string;
    }
  | { readonly kind: "unanswered"; readonly code: string };

/** An order with the number that its answer has too. */
export interface NumberedOrder {
  readonly id: number;
  readonly order: Order;
}

/** An answer. */
export interface NumberedOutcome {
  readonly id: number;
  readonly outcome: Outcome;
}

/** What a server of an agent answers with, as JSON. */
export interface Seen {
  /** The other end, as the server's socket has it. */
  readonly caller: Endpoint;
}

/** An end of a connection as text. */
export function endpoint(address: string, port: number): Endpoint {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
