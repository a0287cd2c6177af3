import { suggestion } from "../suggestion.ts";
import { UsageError } from "../usage-error.ts";
import { parseSet, type SetAssignment, type SetScalar, SetSyntaxError } from "./helm-set.ts";
import type { Override } from "./override.ts";
import { formatPath, type Path } from "./path.ts";

/** A value of the mesh's Helm chart that ends up in the mesh config. */
interface MeshValue {
  readonly path: Path;
  readonly type: "texts" | "numbers" | "text" | "boolean";
}

/** The chart's values that redirection reads, without the chart's prefix. */
const MESH_VALUES: Readonly<Record<string, MeshValue>> = {
  outboundIPRangeExclusionList: { path: ["spec", "traffic", "outboundIPRangeExclusionList"], type: "texts" },
  outboundIPRangeInclusionList: { path: ["spec", "traffic", "outboundIPRangeInclusionList"], type: "texts" },
  outboundPortExclusionList: { path: ["spec", "traffic", "outboundPortExclusionList"], type: "numbers" },
  inboundPortExclusionList: { path: ["spec", "traffic", "inboundPortExclusionList"], type: "numbers" },
  networkInterfaceExclusionList: {
    path: ["spec", "traffic", "networkInterfaceExclusionList"],
    type: "texts",
  },
  localProxyMode: { path: ["spec", "sidecar", "localProxyMode"], type: "text" },
  enablePrivilegedInitContainer: {
    path: ["spec", "sidecar", "enablePrivilegedInitContainer"],
    type: "boolean",
  },
  "localDNSProxy.enable": { path: ["spec", "sidecar", "localDNSProxy", "enable"], type: "boolean" },
  // No value of the charts, which put the image together from three; here it is the field of the mesh config.
  initContainerImage: { path: ["spec", "sidecar", "initContainerImage"], type: "text" },
};

/** The names of the values that `--set` takes, without prefix. */
export const MESH_VALUE_NAMES: readonly string[] = Object.keys(MESH_VALUES);

/** The charts' prefixes: Open Service Mesh's and Flomesh Service Mesh's. */
const PREFIXES: readonly string[] = ["osm", "fsm"];

/**
 * What a `--set` puts into the mesh config.
 *
 * @throws UsageError on text that is not in Helm's syntax, on a key that is no value of the mesh, and on a list where one
 * value belongs or the other way round.
 */
export function meshOverrides(set: string): readonly Override[] {
  return readSet(set).map(({ path, value }) => {
    const flag = `--set ${formatPath(path)}`;
    const index = path.at(-1);
    const key = typeof index === "number" ? path.slice(0, -1) : path;
    const target = meshValue(key);
    const isList = target.type === "texts" || target.type === "numbers";
    if (typeof index === "number") {
      if (!isList || isItems(value))
        throw new UsageError(`${flag}: ${formatPath(key)} has no place for that`);
      return { path: [...target.path, index], value: typedFor(target, value, flag), flag };
    }
    if (value === null) return { path: target.path, value: undefined, flag };
    if (isList && !isItems(value)) {
      throw new UsageError(`${flag}: takes a list; write --set "${formatPath(key)}={${value}}"`);
    }
    if (!isList && isItems(value)) throw new UsageError(`${flag}: takes one value, not a list`);
    return {
      path: target.path,
      value: isItems(value)
        ? value.map((item) => typedFor(target, item, flag))
        : typedFor(target, value, flag),
      flag,
    };
  });
}

function readSet(set: string): readonly SetAssignment[] {
  try {
    return parseSet(set);
  } catch (error) {
    if (!(error instanceof SetSyntaxError)) throw error;
    throw new UsageError(`--set '${set}': ${error.message}`);
  }
}

function meshValue(key: Path): MeshValue {
  const [prefix, ...rest] = key;
  const name = rest.join(".");
  const known = Object.hasOwn(MESH_VALUES, name) ? MESH_VALUES[name] : undefined;
  if (known !== undefined && PREFIXES.includes(String(prefix))) return known;
  const near = suggestion(
    key.join("."),
    MESH_VALUE_NAMES.map((candidate) => `osm.${candidate}`),
  );
  throw new UsageError(`--set ${formatPath(key)}: no value of the mesh that redirection reads${near}`);
}

function isItems(value: SetScalar | readonly SetScalar[]): value is readonly SetScalar[] {
  return Array.isArray(value);
}

/**
 * Helm's typing guesses; a text that looks like a number stays a text where texts belong.
 *
 * @throws UsageError on a number that is not written in decimal digits, which Helm leaves a text and JSON's readers do not.
 */
function typedFor({ type }: MeshValue, value: SetScalar, flag: string): SetScalar {
  if ((type === "texts" || type === "text") && value !== null) return String(value);
  if (type === "numbers" && typeof value === "string" && isNumberOfAnotherSpelling(value)) {
    throw new UsageError(`${flag}: '${value}' is not written in plain decimal digits`);
  }
  return value;
}

function isNumberOfAnotherSpelling(text: string): boolean {
  return !/^[+-]?[0-9]+$/.test(text) && text.trim() === text && text !== "" && Number.isFinite(Number(text));
}
