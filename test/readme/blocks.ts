/** A fenced block of a Markdown page. */
export interface Block {
  /** What stands behind the fence: `sh`, `text output`. */
  readonly info: string;
  readonly code: string;
  /** Offset of the code in the page. */
  readonly start: number;
}

/** A block to run, and the block with what it prints when the page shows that. */
export interface Example {
  readonly language: "sh" | "js";
  readonly code: string;
  readonly output?: Block;
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(.*)\n((?:(?!```).*\n)*)```$/gm)].map(
    ({ 0: whole, 1: info = "", 2: code = "", index }) => ({
      info,
      code,
      start: index + whole.indexOf("\n") + 1,
    }),
  );
}

/** The blocks of shell and of JavaScript, each with the block `text output` that follows it. */
export function examplesOf(page: string): readonly Example[] {
  const blocks = blocksOf(page);
  return blocks.flatMap(({ info, code }, index): readonly Example[] => {
    if (info !== "sh" && info !== "js") return [];
    const next = blocks[index + 1];
    return [{ language: info, code, ...(next?.info === "text output" && { output: next }) }];
  });
}
