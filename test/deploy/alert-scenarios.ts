/** Samples of one series: a value each minute, in promtool's notation (`0+60x10`: ten steps of 60). */
export interface Series {
  readonly series: string;
  readonly values: string;
}

/** A state of affairs, and the alerts that it must raise: these and no others. */
export interface Scenario {
  readonly name: string;
  readonly series: readonly Series[];
  /** When to look, in minutes. */
  readonly minute: number;
  readonly firing: readonly string[];
}

const UP = (pod: string, values: string): Series => ({
  series: `up{namespace="redirect-planner", container="planner", pod="${pod}"}`,
  values,
});

const CALLS = (code: string, values: string): Series => ({
  series: `grpc_server_handled_total{grpc_service="redirect.v1.RedirectPlanner", grpc_method="Plan", grpc_code="${code}"}`,
  values,
});

const BUCKET = (le: string, values: string): Series => ({
  series: `grpc_server_handling_seconds_bucket{grpc_service="redirect.v1.RedirectPlanner", grpc_method="Plan", le="${le}"}`,
  values,
});

const MEMORY = (values: string): Series => ({
  series: 'process_resident_memory_bytes{namespace="redirect-planner", container="planner", pod="a"}',
  values,
});

const HEALTHY: readonly Series[] = [UP("a", "1x60"), UP("b", "1x60")];

/** Each alert at work, and what must not raise one. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "two replicas that answer, a refused pod now and then",
    series: [
      ...HEALTHY,
      CALLS("OK", "0+600x60"),
      CALLS("INVALID_ARGUMENT", "0+6x60"),
      BUCKET("0.005", "0+600x60"),
      BUCKET("+Inf", "0+600x60"),
      MEMORY("100000000x60"),
    ],
    minute: 40,
    firing: [],
  },
  {
    name: "nobody to answer",
    series: [UP("a", "0x60"), UP("b", "0x60")],
    minute: 5,
    firing: ["RedirectPlannerDown"],
  },
  { name: "nobody there at all", series: [], minute: 5, firing: ["RedirectPlannerDown"] },
  {
    name: "one replica left",
    series: [UP("a", "1x60"), UP("b", "0x60")],
    minute: 20,
    firing: ["RedirectPlannerNoSpare"],
  },
  {
    name: "one replica for a moment, in a roll-out",
    series: [UP("a", "1x60"), UP("b", "1x10 0x3 1x50")],
    minute: 13,
    firing: [],
  },
  {
    name: "one call in twenty fails",
    series: [...HEALTHY, CALLS("OK", "0+570x60"), CALLS("UNAVAILABLE", "0+30x60")],
    minute: 20,
    firing: ["RedirectPlannerErrors"],
  },
  {
    name: "a bug, for the first time",
    series: [...HEALTHY, CALLS("OK", "0+6000x60"), CALLS("INTERNAL", "_x20 1x40")],
    minute: 25,
    firing: ["RedirectPlannerBug"],
  },
  {
    name: "a bug, again",
    series: [...HEALTHY, CALLS("OK", "0+6000x60"), CALLS("INTERNAL", "1x30 2x30")],
    minute: 35,
    firing: ["RedirectPlannerBug"],
  },
  {
    name: "a bug of an hour ago",
    series: [...HEALTHY, CALLS("OK", "0+6000x60"), CALLS("INTERNAL", "_x5 1x55")],
    minute: 50,
    firing: [],
  },
  {
    name: "a mesh config that is refused for half of the pods",
    series: [...HEALTHY, CALLS("OK", "0+300x60"), CALLS("INVALID_ARGUMENT", "0+300x60")],
    minute: 40,
    firing: ["RedirectPlannerRefusesInput"],
  },
  {
    name: "one plan in twenty takes a second",
    series: [...HEALTHY, BUCKET("0.005", "0+570x60"), BUCKET("1", "0+600x60"), BUCKET("+Inf", "0+600x60")],
    minute: 20,
    firing: ["RedirectPlannerSlow"],
  },
  {
    name: "a replica near its limit",
    series: [...HEALTHY, MEMORY("250000000x60")],
    minute: 20,
    firing: ["RedirectPlannerMemory"],
  },
];
