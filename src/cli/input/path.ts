/** The way to a value inside a document: keys of objects, positions in lists. */
export type Path = readonly (string | number)[];

/** A path in the spelling of findings: `spec.traffic.list[3]`, `metadata.annotations["openservicemesh.io/x"]`. */
export function formatPath(path: Path): string {
  return path
    .map((step, position) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_]\w*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return position === 0 ? step : `.${step}`;
    })
    .join("");
}

/** The path that `formatPath` spelt so. What is not such a spelling ends the path. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  for (const [, key, index, quoted] of text.matchAll(
    /\.?([A-Za-z_]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy,
  )) {
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(unquote(quoted));
  }
  return path;
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    // Not JSON's escapes: take the letters as they stand.
    return quoted.slice(1, -1);
  }
}

/** Whether a path begins with another. */
export function startsWith(path: Path, beginning: Path): boolean {
  return beginning.every((step, position) => path[position] === step);
}
