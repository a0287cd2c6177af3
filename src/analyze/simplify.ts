import { type Diagram, isLeaf, type Node } from "./diagram.ts";
import { appendInterval, type DiagramStore } from "./diagram-store.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";

/**
 * A function that has the same values as `diagram` for the packets of `care`, and for others values that make it small:
 * each takes over what its neighbours have ("restrict" of Coudert and Madre, 1990). Its regions are the ones to show to a
 * person, since what no packet can be leaves no trace in them; each of them holds a packet of `care`, which must not be
 * empty.
 */
export function simplify<T>(
  store: DiagramStore,
  sets: PacketSets,
  diagram: Diagram<T>,
  care: PacketSet,
): Diagram<T> {
  const memo = new Map<Diagram<T>, Map<PacketSet, Diagram<T>>>();
  const visit = (from: Diagram<T>, within: PacketSet): Diagram<T> => {
    if (isLeaf(from) || isLeaf(within)) return from;
    let known = memo.get(from);
    if (known === undefined) {
      known = new Map();
      memo.set(from, known);
    }
    const before = known.get(within);
    if (before !== undefined) return before;
    const result = step(from, within);
    known.set(within, result);
    return result;
  };
  const step = (from: Node<T>, within: Node<boolean>): Diagram<T> => {
    // What the function does not ask cannot tell apart what it is asked for.
    if (within.level < from.level) return visit(from, sets.anyOf([...new Set(within.children)]));
    const ends: number[] = [];
    const children: Diagram<T>[] = [];
    for (let i = 0, j = 0; i < from.ends.length; ) {
      const fromEnd = from.ends[i] as number;
      const isOver = from.level < within.level;
      const cared = isOver ? within : (within.children[j] as PacketSet);
      const caredEnd = isOver ? fromEnd : (within.ends[j] as number);
      const end = Math.min(fromEnd, caredEnd);
      if (cared !== sets.none)
        appendInterval(ends, children, end, visit(from.children[i] as Diagram<T>, cared));
      else if (ends.length > 0) ends[ends.length - 1] = end;
      if (fromEnd === end) i++;
      if (caredEnd === end) j++;
    }
    return store.node(from.level, ends, children);
  };
  return visit(diagram, care);
}
