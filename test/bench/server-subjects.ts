import { join } from "node:path";
import { imageEnvironment } from "./image-environment.ts";
import { buildGoServer } from "./references/go-server.ts";

/** A server that is measured. */
export interface Subject {
  readonly name: string;
  /** The command that starts it on a port. */
  readonly command: (port: number) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The planner as it is shipped. */
export const BUNDLE = join(import.meta.dirname, "../../dist/redirect-planner.cjs");

const reference = (name: string, ...rest: readonly string[]) => {
  const program = join(import.meta.dirname, "references", `${name}.ts`);
  return (port: number): readonly string[] => [process.execPath, program, `${port}`, ...rest];
};

/** As in the image, but that no call is turned away because the machine was busy elsewhere: refusals are quick. */
export const PATIENT: NodeJS.ProcessEnv = {
  ...imageEnvironment(),
  ADMIN_PORT: "0",
  MAX_QUEUE_MS: "60000",
};

const planner = (name: string, env: NodeJS.ProcessEnv = {}): Subject => ({
  name,
  command: (port) => [process.execPath, BUNDLE, "serve", "--port", `${port}`, "--host", "127.0.0.1"],
  env: { ...PATIENT, ...env },
});

/** The planner, and what it is measured against. */
export interface Subjects {
  readonly fixedBytes: Subject;
  readonly sameWork: Subject;
  readonly echo: Subject;
  readonly connect: Subject;
  /** Absent where there is no Go. */
  readonly go?: Subject;
  /** The planner that meets a request again. */
  readonly kept: Subject;
  /** The planner that keeps no answer, so that each request is as one never seen, under a mesh config that was. */
  readonly unseen: Subject;
}

/** @param answer A file with the encoded answer that the references give. */
export function subjects(folder: string, answer: string): Subjects {
  const go = buildGoServer(folder);
  return {
    fixedBytes: { name: "node:http2, fixed bytes", command: reference("node-http2", "fixed", answer) },
    sameWork: { name: "node:http2, same work", command: reference("node-http2", "plan") },
    echo: { name: "grpc-js, echo", command: reference("grpc-js", answer) },
    connect: { name: "connect-node, same work", command: reference("connect-node") },
    ...(go !== undefined && {
      go: { name: "Go, fixed message", command: (port: number) => [go, `${port}`, answer] },
    }),
    kept: planner("planner, asked again"),
    unseen: planner("planner, never seen", { KEPT_ANSWERS_BYTES: "0" }),
  };
}
