import type { Finding, FindingCode } from "../../../src/policy/finding.ts";
import type { Container, Dialect, PlanInput, TrafficSpec } from "../../../src/policy/inputs.ts";

/** An input that a code tells something about, what it tells, and an input that is nearly the same and has no such finding. */
export interface FindingCase {
  readonly shown: PlanInput;
  readonly says: Pick<Finding, "field" | "value" | "message">;
  readonly absent: PlanInput;
}

/** Cases by the code that they show. */
export type FindingCases = Readonly<Partial<Record<FindingCode, FindingCase>>>;

/** A mesh config with these lists, for a dialect. */
export function traffic(lists: TrafficSpec, dialect: Dialect = "osm-v0.11"): PlanInput {
  return { meshConfig: { spec: { traffic: lists } }, options: { dialect } };
}

/** A pod with one annotation of the mesh, for a dialect of OSM. */
export function annotated(name: string, value: string, dialect: Dialect = "osm-v0.11"): PlanInput {
  return {
    pod: { metadata: { annotations: { [`openservicemesh.io/${name}`]: value } } },
    options: { dialect },
  };
}

/** A pod with one container. */
export function running(container: Container, options: PlanInput["options"] = {}): PlanInput {
  return { pod: { spec: { containers: [container] } }, options };
}
