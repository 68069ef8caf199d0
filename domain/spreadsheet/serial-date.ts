/**
 * Dates of spreadsheets are days since an epoch, with the time as a fraction. The 1900 system has a 29 February 1900, which
 * never was, as day 60. Source: ECMA-376, part 1, 18.17.4.
 */
const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 31);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const LEAP_DAY_1900 = 60;
/** 31 December 9999 is the last day that a spreadsheet can show. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** `2024-02-29`; null when no calendar has the day. */
export function toDate(serial: number, date1904: boolean): string | null {
  return dayOf(Math.floor(serial), date1904);
}

/** `2024-02-29T08:30:00`, with milliseconds when there are any; a time alone when there is no day in it. */
export function toDateTime(serial: number, date1904: boolean): string | null {
  const { day, ms } = split(serial);
  if (day === 0 && !date1904) return toTime(serial);
  const date = dayOf(day, date1904);
  return date === null ? null : `${date}T${clock(ms)}`;
}

/** `08:30:00`: the time of day, of whatever day. */
export function toTime(serial: number): string | null {
  return serial < 0 ? null : clock(split(serial).ms);
}

/** `27:30:00`: hours, minutes and seconds, however many hours there are. */
export function toElapsed(serial: number): string | null {
  if (serial < 0) return null;
  const { day, ms } = split(serial);
  return clock(ms, day * 24);
}

function split(serial: number): { day: number; ms: number } {
  const day = Math.floor(serial);
  const ms = Math.round((serial - day) * DAY_MS);
  return ms === DAY_MS ? { day: day + 1, ms: 0 } : { day, ms };
}

function dayOf(day: number, date1904: boolean): string | null {
  if (day < (date1904 ? 0 : 1)) return null;
  if (!date1904 && day === LEAP_DAY_1900) return '1900-02-29';
  const sinceEpoch = !date1904 && day > LEAP_DAY_1900 ? day - 1 : day;
  const time = (date1904 ? EPOCH_1904 : EPOCH_1900) + sinceEpoch * DAY_MS;
  return time > LAST_MS ? null : new Date(time).toISOString().slice(0, 10);
}

function clock(ms: number, hoursBefore = 0): string {
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
  const text = `${two(hoursBefore + ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1_000) % 60)}`;
  return ms % 1_000 === 0 ? text : `${text}.${String(ms % 1_000).padStart(3, '0')}`;
}
