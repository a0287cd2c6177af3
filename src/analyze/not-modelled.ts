import { type Diagram, isLeaf, leavesOf } from "./diagram.ts";
import type { Fate } from "./fate.ts";
import type { PacketSpace } from "./space.ts";

/**
 * What effects hang on and is not modelled, in the words of the rules and sorted: conditions that make a difference for
 * some packet, and targets that take some packet.
 */
export function notModelledIn({ axes }: PacketSpace, effects: Iterable<Diagram<Fate>>): readonly string[] {
  const found = new Set<string>();
  for (const diagram of effects) {
    for (const level of levelsOf(diagram)) {
      const axis = axes[level];
      if (axis?.kind === "condition") found.add(axis.name);
    }
    for (const fate of leavesOf(diagram)) {
      if (fate.kind === "not-modelled") found.add(`-j ${fate.target}`);
    }
  }
  return [...found].sort();
}

/** The dimensions that a function asks. */
function levelsOf(diagram: Diagram<unknown>): ReadonlySet<number> {
  const levels = new Set<number>();
  const visited = new Set<Diagram<unknown>>();
  const visit = (from: Diagram<unknown>): void => {
    if (isLeaf(from) || visited.has(from)) return;
    visited.add(from);
    levels.add(from.level);
    from.children.forEach(visit);
  };
  visit(diagram);
  return levels;
}
