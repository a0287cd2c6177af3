import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MESH_CONFIG } from "./webhook.ts";

const SERVICE_CONFIG = join(import.meta.dirname, "../../deploy/client/service-config.json");

/** What an injector is told, by variables. */
export interface Settings {
  readonly target: string;
  /** The folder of the client's certificate. Absent: no TLS. */
  readonly plannerTls?: string;
  /** The folder of the webhook's own certificate. */
  readonly webhookTls: string;
  readonly place: "first" | "last";
  /** PlanOptions in ProtoJSON. */
  readonly planOptions: string;
}

/** The variables of an injector; its mesh config is written into the folder. */
export function environmentOf(settings: Settings, scratch: string): Readonly<Record<string, string>> {
  const meshConfig = join(scratch, "mesh-config.json");
  writeFileSync(meshConfig, MESH_CONFIG);
  return {
    REDIRECT_PLANNER_TARGET: settings.target,
    ...(settings.plannerTls !== undefined && { REDIRECT_PLANNER_TLS: settings.plannerTls }),
    SERVICE_CONFIG,
    WEBHOOK_TLS: settings.webhookTls,
    MESH_CONFIG: meshConfig,
    INIT_CONTAINER_PLACE: settings.place,
    PLAN_OPTIONS: settings.planOptions,
  };
}
