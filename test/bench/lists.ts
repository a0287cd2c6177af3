/** The lists of the page that describes OSM's redirection. */
export const SEED_LISTS = {
  outboundIpRangeExclusionList: ["1.1.1.1/32", "2.2.2.2/24"],
  outboundPortExclusionList: [6379, 7070],
  inboundPortExclusionList: [6379, 7070],
} as const;

/** Ranges of 256 addresses, each apart from the next, so that none can be joined with another. */
export function apartRanges(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const address = 0x0a000000 + index * 512;
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.0/24`;
  });
}
