import { type Diagram, isLeaf, type Node } from "./diagram.ts";
import type { DiagramStore } from "./diagram-store.ts";
import { Intervals } from "./intervals.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";
import { PairTable } from "./pair-table.ts";

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
  const memo = new PairTable<Diagram<T>>();
  const visit = (from: Diagram<T>, within: PacketSet): Diagram<T> => {
    if (isLeaf(from) || isLeaf(within)) return from;
    const known = memo.get(from.id, within.id);
    if (known !== undefined) return known;
    const result = step(from, within);
    memo.set(from.id, within.id, result);
    return result;
  };
  const step = (from: Node<T>, within: Node<boolean>): Diagram<T> => {
    // What the function does not ask cannot tell apart what it is asked for.
    if (within.level < from.level) return visit(from, sets.anyOf([...new Set(within.children)]));
    const intervals = new Intervals();
    let end = 0;
    for (let i = 0, j = 0; i < from.ends.length; ) {
      const fromEnd = from.ends[i] as number;
      const isOver = from.level < within.level;
      const cared = isOver ? within : (within.children[j] as PacketSet);
      const caredEnd = isOver ? fromEnd : (within.ends[j] as number);
      end = Math.min(fromEnd, caredEnd);
      if (cared !== sets.none) intervals.append(end, visit(from.children[i] as Diagram<T>, cared));
      if (fromEnd === end) i++;
      if (caredEnd === end) j++;
    }
    // What was skipped went to the interval behind it; behind the last one there is none.
    intervals.extend(end);
    return store.node(from.level, intervals);
  };
  return visit(diagram, care);
}
