/** Joins lines the way a file has them. */
export function csv(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
