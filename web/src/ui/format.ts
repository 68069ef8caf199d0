const integers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const decimals = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

export function formatCount(count: number): string {
  return integers.format(count);
}

/** @param decimal as the API writes it: every digit is kept */
export function formatDecimal(decimal: string): string {
  return decimals.format(decimal as Intl.StringNumericLiteral);
}

/** @param percent 0 to 100 */
export function formatPercent(percent: number): string {
  return `${oneDecimal.format(percent)} %`;
}

export function formatRate(rowsPerSecond: number): string {
  return `${(rowsPerSecond < 10 ? oneDecimal : integers).format(rowsPerSecond)}/s`;
}

const SIZES = ['B', 'KB', 'MB', 'GB'] as const;

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${oneDecimal.format(bytes / 1_000 ** power)} ${SIZES[power] ?? ''}`;
}

/** @returns date and time of day, to the second, in the reader's zone */
export function formatTime(iso: string): string {
  return absolute.format(new Date(iso));
}

export function formatClock(time: Date): string {
  return clock.format(time);
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** @returns such as "3 min. ago" */
export function formatAgo(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1_000);
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 5 ? 'now' : relative.format(seconds, 'second');
}

/** @returns such as "2 h 5 min", "1 min 20 s" */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const [big, small, unit, smallUnit] =
    whole < 3_600
      ? [Math.floor(whole / 60), whole % 60, 'min', 's']
      : [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), 'h', 'min'];
  return small === 0
    ? `${formatCount(big)} ${unit}`
    : `${formatCount(big)} ${unit} ${String(small)} ${smallUnit}`;
}
