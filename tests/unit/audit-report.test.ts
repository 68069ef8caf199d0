import { expect, test } from 'vitest';
import { judgeAudit } from '../../scripts/lib/audit-report.ts';

const clean = { auditReportVersion: 2, vulnerabilities: {}, metadata: { vulnerabilities: { total: 0 } } };

test('a report without findings is clean', () => {
  expect(judgeAudit(JSON.stringify(clean))).toEqual({ result: 'clean' });
});

test('a finding fails the build, and is named', () => {
  const report = { ...clean, vulnerabilities: { left: { name: 'left', severity: 'high', range: '<1.2.3' } } };
  expect(judgeAudit(JSON.stringify(report))).toEqual({ result: 'found', findings: ['left <1.2.3: high'] });
});

test.each([
  ['', 'npm audit printed no report'],
  ['npm ERR! network', 'npm audit printed no report'],
  ['null', 'npm audit printed no report'],
  ['{}', 'npm audit printed no list of findings'],
  [
    '{"message":"request to the registry failed","error":{"summary":"","detail":""}}',
    'request to the registry failed',
  ],
  [
    '{"error":{"code":"ENOAUDIT","summary":"Your configured registry may not support audit requests."}}',
    'Your configured registry may not support audit requests.',
  ],
])('%j is no finding: the registry could not be asked, and that is said', (output, why) => {
  expect(judgeAudit(output)).toEqual({ result: 'unknown', why });
});
