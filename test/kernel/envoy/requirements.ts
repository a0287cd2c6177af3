import { lacking } from "../scripts/requirements.ts";
import { findEnvoy } from "./binary.ts";

/** Why tests with Envoy cannot run on this machine; false when they can. */
export function lackingForEnvoy(): string | false {
  const reason = lacking("setpriv");
  if (reason !== false) return reason;
  const envoy = findEnvoy();
  return envoy.kind === "missing" ? envoy.reason : false;
}
