import type { Dialect } from '../../domain/csv/dialect.ts';

export interface ReferenceRecord {
  cells: string[];
  /** A closing quote is followed by something that should not be there. */
  malformed: boolean;
}

/**
 * Reads a text character by character, as the rules of a dialect say it and with no thought for speed: what the cutter, the
 * parser and the splitter are compared with.
 *
 * @returns null when a quote is never closed
 */
export function readByTheRules(text: string, dialect: Dialect): ReferenceRecord[] | null {
  const { delimiter, quote, escape, skipBlanks, lineEnd } = dialect;
  const lineEnds = { lf: ['\r\n', '\n'], crlf: ['\r\n', '\n'], cr: ['\r'], mixed: ['\r\n', '\n', '\r'] }[
    lineEnd
  ];
  let at = 0;
  const isAt = (sign: string | null, where = at): sign is string =>
    sign !== null && text.startsWith(sign, where);
  const lineEndAt = (where: number) => lineEnds.find((sign) => text.startsWith(sign, where)) ?? null;
  const isCellEnd = (where: number) =>
    where >= text.length || isAt(delimiter, where) || lineEndAt(where) !== null;
  const afterBlanks = () => {
    let where = at;
    while (skipBlanks && /[ \t]/.test(text.charAt(where)) && !isAt(delimiter, where) && !isAt(quote, where)) {
      where += 1;
    }
    return where;
  };
  const takeText = () => {
    const start = at;
    while (!isCellEnd(at)) at += 1;
    return text.slice(start, at);
  };
  /** What stands between quotes; null when it does not end. */
  const takeQuoted = (sign: string): string | null => {
    let content = '';
    at += sign.length;
    while (at < text.length) {
      const other = escape !== sign && isAt(escape) ? escape : null;
      const escaped =
        other === null ? undefined : [sign, other].find((next) => isAt(next, at + other.length));
      if (other !== null && escaped !== undefined) {
        content += escaped;
        at += other.length + escaped.length;
      } else if (!isAt(sign)) {
        content += text.charAt(at);
        at += 1;
      } else if (escape !== null && isAt(sign, at + sign.length)) {
        content += sign;
        at += 2 * sign.length;
      } else {
        at += sign.length;
        return content;
      }
    }
    return null;
  };

  const records: ReferenceRecord[] = [];
  while (at < text.length) {
    const blankLine = lineEndAt(at);
    if (blankLine !== null) {
      at += blankLine.length;
      continue;
    }
    const record: ReferenceRecord = { cells: [], malformed: false };
    for (;;) {
      at = afterBlanks();
      if (isAt(quote)) {
        const content = takeQuoted(quote);
        if (content === null) return null;
        const isWhole = isCellEnd(afterBlanks());
        if (isWhole) at = afterBlanks();
        else record.malformed = true;
        record.cells.push(isWhole ? content : quote + content + quote + takeText());
      } else {
        record.cells.push(takeText());
      }
      if (!isAt(delimiter)) break;
      at += delimiter.length;
    }
    records.push(record);
    at += lineEndAt(at)?.length ?? 0;
  }
  return records;
}
