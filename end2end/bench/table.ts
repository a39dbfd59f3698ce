/** What was measured, and how it came out. */
export type Row = [what: string, value: string];

/** Prints rows under a heading. */
export function print(heading: string, rows: Row[]): void {
  console.log(`\n${heading}`);
  const width = Math.max(...rows.map(([what]) => what.length));
  for (const [what, value] of rows) console.log(`  ${what.padEnd(width)}  ${value.padStart(10)}`);
}

/** The value that a share of all stays under. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
