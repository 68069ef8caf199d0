/** What `npm audit --json` came to. */
export type AuditVerdict =
  | { result: 'clean' }
  /** The registry could not be asked: nothing is known. */
  | { result: 'unknown'; why: string }
  | { result: 'found'; findings: string[] };

/**
 * Reads a report of `npm audit --json` (version 2).
 *
 * @param output what it printed on standard output
 */
export function judgeAudit(output: string): AuditVerdict {
  const report = parse(output);
  if (report === null) return { result: 'unknown', why: 'npm audit printed no report' };
  if ('error' in report || 'message' in report) {
    const { summary, detail, code } = objectOf(report.error);
    const why = [summary, detail, code, report.message].find(
      (text) => typeof text === 'string' && text !== '',
    );
    return { result: 'unknown', why: typeof why === 'string' ? why : 'npm audit failed' };
  }
  if (!('vulnerabilities' in report))
    return { result: 'unknown', why: 'npm audit printed no list of findings' };
  const findings = Object.entries(objectOf(report.vulnerabilities)).map(([name, found]) => {
    const { severity, range } = objectOf(found);
    return `${name} ${String(range)}: ${String(severity)}`;
  });
  return findings.length === 0 ? { result: 'clean' } : { result: 'found', findings };
}

function parse(output: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(output);
    return typeof value === 'object' && value !== null ? objectOf(value) : null;
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
