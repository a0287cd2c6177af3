import { LOG_LEVELS } from "../../observe/logger.ts";
import { DEFAULT_LIMITS as LIMITS } from "../../transport/limits.ts";
import { DEFAULT_ADMIN_PORT, DEFAULT_PORT } from "../../transport/server.ts";
import { names, text, wholeNumber, word } from "./setting.ts";

const PORTS = [0, 65_535] as const;
const KIB = 1024;
const DAY_MS = 86_400_000;

/** Every setting of the server, in the order in which the help and the documentation list them. */
export const SETTINGS = {
  port: wholeNumber("PORT", "N", DEFAULT_PORT, PORTS, { summary: "The port; 0 takes any free one" }),
  host: text("LISTEN_HOST", "ADDR", {
    flag: "host",
    summary: "The address to listen on, of the admin port too. Without it: all of them, IPv6 and IPv4",
  }),
  adminPort: wholeNumber("ADMIN_PORT", "N", DEFAULT_ADMIN_PORT, PORTS, {
    summary: "The port of /livez, /readyz and /metrics; 0 takes any free one",
  }),
  unixSocket: text("UNIX_SOCKET", "PATH", { summary: "A socket to listen on in place of the port" }),
  certFile: text("TLS_CERT_FILE", "FILE", {
    summary: "The server's certificate, PEM; with TLS_KEY_FILE, turns TLS on",
  }),
  keyFile: text("TLS_KEY_FILE", "FILE", { summary: "Its key, PEM" }),
  clientCaFile: text("TLS_CLIENT_CA_FILE", "FILE", {
    summary: "The authorities that client certificates must come from, PEM",
  }),
  allowedClients: names("TLS_ALLOWED_CLIENTS", {
    summary: "Names of which a client's certificate must have one, DNS or URI",
  }),
  logLevel: word("LOG_LEVEL", LOG_LEVELS, "info", {
    summary: "How much is logged",
  }),
  logPayloads: word("LOG_PAYLOADS", ["off", "on"], "off", {
    summary: "Whether the log has the requests and responses of unary calls, and so what tenants write",
  }),
  messageBytes: wholeNumber("MAX_MESSAGE_BYTES", "BYTES", LIMITS.messageBytes, [KIB, 64 * KIB * KIB], {
    summary: "Most bytes of a message, before and after decompression",
  }),
  listItems: wholeNumber("MAX_LIST_ITEMS", "N", LIMITS.listItems, [1, LIMITS.listItems], {
    summary: "Most items of a list of a request, or of an annotation that is one",
  }),
  connections: wholeNumber("MAX_CONNECTIONS", "N", LIMITS.connections, [1, 100_000], {
    summary: "Most connections at a time; one more is closed at once",
  }),
  streams: wholeNumber("MAX_STREAMS", "N", LIMITS.streams, [1, 10_000], {
    summary: "Most calls at a time on an HTTP/2 connection; more are refused",
  }),
  connectionAgeMs: wholeNumber("MAX_CONNECTION_AGE_MS", "MS", LIMITS.connectionAgeMs, [1_000, DAY_MS], {
    summary: "A connection of this age is asked to end, so that clients find new replicas",
  }),
  connectionAgeGraceMs: wholeNumber(
    "MAX_CONNECTION_AGE_GRACE_MS",
    "MS",
    LIMITS.connectionAgeGraceMs,
    [100, DAY_MS],
    { summary: "How long the calls of a connection that was asked to end may take" },
  ),
  idleMs: wholeNumber("MAX_IDLE_MS", "MS", LIMITS.idleMs, [1_000, DAY_MS], {
    summary: "How long a connection may have no call",
  }),
  headersMs: wholeNumber("HEADERS_TIMEOUT_MS", "MS", LIMITS.headersMs, [100, 600_000], {
    summary: "How long a client may take to begin, and for the headers of an HTTP/1 request",
  }),
  requestMs: wholeNumber("REQUEST_TIMEOUT_MS", "MS", LIMITS.requestMs, [100, 600_000], {
    summary: "How long a client may take to send a request",
  }),
  pingMs: wholeNumber("PING_INTERVAL_MS", "MS", LIMITS.pingMs, [1_000, DAY_MS], {
    summary: "How often an HTTP/2 client without traffic is asked whether it is still there",
  }),
  queueCalls: wholeNumber("MAX_QUEUE", "N", LIMITS.queueCalls, [1, 100_000], {
    summary: "Most calls that wait to be computed; more get UNAVAILABLE at once",
  }),
  queueMs: wholeNumber("MAX_QUEUE_MS", "MS", LIMITS.queueMs, [1, 60_000], {
    summary: "How long a call may wait to be computed; then it gets UNAVAILABLE",
  }),
  inFlightBytes: wholeNumber("MAX_IN_FLIGHT_BYTES", "BYTES", LIMITS.inFlightBytes, [KIB, KIB * KIB * KIB], {
    summary: "Most bytes that requests hold together until they are answered; more get UNAVAILABLE",
  }),
  lingerMs: wholeNumber("LINGER_MS", "MS", LIMITS.lingerMs, [0, 60_000], {
    summary: "How long a server that stops takes what clients send that have not heard of it",
  }),
  drainMs: wholeNumber("DRAIN_TIMEOUT_MS", "MS", LIMITS.drainMs, [0, 600_000], {
    summary: "How long calls under way may take when the server stops",
  }),
  keptAnswerBytes: wholeNumber("KEPT_ANSWERS_BYTES", "BYTES", LIMITS.keptAnswerBytes, [0, KIB * KIB * KIB], {
    summary: "Most bytes of plans that are kept for requests that come again; 0 keeps none",
  }),
} as const;

/** The name of a setting in the code. */
export type SettingName = keyof typeof SETTINGS;

/** The values of all settings. */
export type Settings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name]["fallback"];
};
