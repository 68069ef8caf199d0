import { describe, expect, it } from 'vitest';
import { detectDialect } from '../../../domain/csv/detect-dialect.ts';
import { splitRecords } from '../../../domain/csv/detection/split-records.ts';
import { type Dialect, type LineEnd, STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { parseCells } from '../../../domain/csv/parse-chunk.ts';
import { DIALECT_CASES, type DialectCase } from './dialect-cases.ts';

function read(text: string, dialect: Dialect): string[][] {
  return parseCells(Buffer.from(text), dialect);
}

/** The text from a physical line on. */
function fromLine(text: string, line: number, lineEnd: LineEnd): string {
  const end = lineEnd === 'cr' ? /\r/g : lineEnd === 'mixed' ? /\r\n|\n|\r/g : /\n/g;
  let rest = text.replace(/^\ufeff/, '');
  for (let skipped = 1; skipped < line; skipped += 1) {
    end.lastIndex = 0;
    end.exec(rest);
    rest = rest.slice(end.lastIndex);
  }
  return rest;
}

function expectedDialect({ delimiter, quote, escape, skipBlanks, lineEnd }: DialectCase): Dialect {
  return {
    delimiter: delimiter ?? STANDARD_DIALECT.delimiter,
    quote: quote === undefined ? STANDARD_DIALECT.quote : quote,
    escape: escape === undefined ? STANDARD_DIALECT.escape : escape,
    skipBlanks: skipBlanks ?? STANDARD_DIALECT.skipBlanks,
    lineEnd: lineEnd ?? STANDARD_DIALECT.lineEnd,
  };
}

describe.each(Object.entries(DIALECT_CASES))('%s', (_topic, cases) => {
  it.each(cases)('$name', (file) => {
    const guess = detectDialect(file.text, { isWhole: true });

    expect(guess.dialect).toEqual(expectedDialect(file));
    expect(guess.headerLine).toBe(file.header === undefined ? 1 : file.header);
    const start = guess.headerLine ?? guess.firstRecordLine;
    const records = read(fromLine(file.text, start, guess.dialect.lineEnd), guess.dialect);
    expect(records.map((cells) => cells.join(' ¦ '))).toEqual(file.records);
  });
});

const PRODUCTS = 'sku;name;price\nA-1;Mug, blue;9,90\nA-2;Plate, flat;8,50\n';

describe('parts that the caller has fixed', () => {
  it('takes the delimiter, and finds the rest', () => {
    const guess = detectDialect(PRODUCTS, { isWhole: true, given: { delimiter: ',' } });
    expect(guess.dialect).toEqual(STANDARD_DIALECT);
    expect(guess.alternatives.every(({ dialect }) => dialect.delimiter === ',')).toBe(true);
  });

  it('takes a quote and an escape that it would not think of', () => {
    const guess = detectDialect(PRODUCTS, { isWhole: true, given: { quote: '`', escape: '\\' } });
    expect(guess.dialect).toEqual({ ...STANDARD_DIALECT, delimiter: ';', quote: '`', escape: '\\' });
  });

  it('takes the word that cells are never quoted', () => {
    const guess = detectDialect('a,b\n"x",y\n"z",w\n', { isWhole: true, given: { quote: null } });
    expect(guess.dialect).toEqual({ ...STANDARD_DIALECT, quote: null, escape: null });
  });

  it('takes the line end', () => {
    const guess = detectDialect('a,b\n1,2\n3,4\n', { isWhole: true, given: { lineEnd: 'mixed' } });
    expect(guess.dialect.lineEnd).toBe('mixed');
  });

  it('takes the header line, and does not look at what stands above it', () => {
    const text = `a,b,"c\n${PRODUCTS}`;
    const guess = detectDialect(text, { isWhole: true, given: { headerLine: 2 } });
    expect(guess).toMatchObject({ headerLine: 2, firstRecordLine: 3, headerConfidence: 1 });
    expect(guess.dialect.delimiter).toBe(';');
  });

  it('takes the header line where the next one is the same', () => {
    const text = 'sku,name\nsku,name\nA-1,Mug\n';
    const guess = detectDialect(text, { isWhole: true, given: { headerLine: 1 } });
    expect(guess).toMatchObject({ headerLine: 1, firstRecordLine: 2 });
  });

  it('takes the word that there is no header', () => {
    const guess = detectDialect(PRODUCTS, { isWhole: true, given: { headerLine: null } });
    expect(guess).toMatchObject({ headerLine: null, firstRecordLine: 1, headerConfidence: 1 });
  });
});

describe('known column names', () => {
  const known = new Set(['sku', 'name', 'price', 'stock']);
  const headerScore = (cells: readonly string[]) =>
    cells.filter((cell) => known.has(cell.trim().toLowerCase())).length / Math.max(1, cells.length);

  it('make a header of a record that looks like any other', () => {
    const text = 'sku,name\nmug,blue\nplate,white\nbowl,green\n';
    expect(detectDialect(text, { isWhole: true, headerScore })).toMatchObject({ headerLine: 1 });
  });

  it('find the header under lines of the same width', () => {
    const text = 'Harbour,Goods,EUR\nMay,2024,all\nsku,name,price\nA-1,Mug,9.90\nA-2,Plate,8.50\n';
    expect(detectDialect(text, { isWhole: true, headerScore })).toMatchObject({
      headerLine: 3,
      firstRecordLine: 4,
    });
  });

  it('decide between delimiters that fit as well', () => {
    const text = 'sku name price: net stock\n';
    expect(detectDialect(text, { isWhole: true, headerScore }).dialect.delimiter).toBe(' ');
    expect(detectDialect('sku:name:price', { isWhole: true, headerScore }).dialect.delimiter).toBe(':');
  });
});

describe('doubt', () => {
  it('is not there for a plain file', () => {
    const guess = detectDialect(PRODUCTS.replaceAll(', ', ' '), { isWhole: true });
    expect(guess.alternatives).toEqual([]);
    expect(guess.confidence).toBeGreaterThan(0.7);
    expect(guess.headerConfidence).toBeGreaterThan(0.9);
  });

  it('is said where two delimiters fit about as well', () => {
    const guess = detectDialect('1,2;3,4\n5,6;7,8\n', { isWhole: true });
    const read = [guess, ...guess.alternatives].map(({ dialect }) => dialect.delimiter);
    expect(new Set(read)).toEqual(new Set([';', ',']));
    expect(guess.confidence).toBeLessThan(0.6);
  });

  it('is said where the first record may be a header or not', () => {
    const guess = detectDialect('red,blue\ngreen,white\n', { isWhole: true });
    const lines = [guess, ...guess.alternatives].map(({ headerLine }) => headerLine);
    expect(new Set(lines)).toEqual(new Set([1, null]));
  });
});

describe('a sample that ends within the file', () => {
  it('does not judge by the record that is cut off', () => {
    const whole = 'sku,name,price\nA-1,"Mug, blue",9.90\nA-2,"Plate, flat",8.50\n';
    for (let length = whole.length - 30; length < whole.length; length += 1) {
      const guess = detectDialect(whole.slice(0, length), { isWhole: false });
      expect(guess.dialect).toEqual(STANDARD_DIALECT);
      expect(guess.headerLine).toBe(1);
    }
  });

  it('finds quotes that are escaped for the first time far down', () => {
    const text = `"sku","name"\n${'"A-1","Mug"\n'.repeat(9000)}"A-2","The \\"blue\\", small mug"\n"A-3","Bowl"\n`;
    expect(detectDialect(text, { isWhole: true }).dialect.escape).toBe('\\');
  });
});

describe('blanks in front of quotes', () => {
  it('are found far down', () => {
    const plain = 'sku, name\n' + 'A-1, Mug\n'.repeat(9_000);
    for (const last of ['A-2, "Plate, flat"\n', 'A-2, "Plate"\n']) {
      const guess = detectDialect(plain + last, { isWhole: true });
      expect(guess.dialect).toEqual({ ...STANDARD_DIALECT, skipBlanks: true });
    }
  });

  it('are skipped or not as the caller says', () => {
    const text = 'sku, name\nA-1, "Mug, blue"\nA-2, "Plate"\n';
    for (const skipBlanks of [true, false]) {
      const guess = detectDialect(text, { isWhole: true, given: { delimiter: ',', skipBlanks } });
      expect(guess.dialect).toMatchObject({ delimiter: ',', skipBlanks });
    }
  });

  it('leave no doubt how the file is to be read', () => {
    const text = 'sku, name, price\nA-1, "Mug, blue", 9.90\nA-2, "Plate", 8.50\nA-3, "Bowl", 7.00\n';
    expect(detectDialect(text, { isWhole: true }).alternatives).toEqual([]);
  });
});

describe('broken files', () => {
  it('reads on after a quote that nothing closes', () => {
    const records = Array.from({ length: 200 }, (_, index) => `A-${index};Mug, blue;${index},50`);
    records[3] = 'A-3;"Mug, blue;3,50';
    const guess = detectDialect(['sku;name;price', ...records].join('\n'), { isWhole: true });
    expect(guess.dialect.delimiter).toBe(';');
    expect(guess.headerLine).toBe(1);
  });

  it('takes a header with a broken quote for one, and says that it may be none', () => {
    const records = Array.from({ length: 9 }, (_, index) => `A-${index},"Mug, blue",${index}.90,5\n`);
    const text = `"sku,name,"price,stock\n${records.join('')}`;
    const guess = detectDialect(text, { isWhole: true });
    expect(guess).toMatchObject({ headerLine: 1, firstRecordLine: 2 });
    expect(guess.alternatives).toContainEqual(expect.objectContaining({ headerLine: null }));
  });

  it('says that a line above a table without a header may be one', () => {
    const guess = detectDialect('sku name price\nA-1,Mug,9.90\nA-2,Plate,8.50\n', { isWhole: true });
    expect(guess).toMatchObject({ headerLine: null, firstRecordLine: 2 });
    expect(guess.alternatives).toContainEqual(expect.objectContaining({ headerLine: 1 }));
  });

  it('has an answer for a text of nothing', () => {
    for (const text of ['', '\n', '\r\n\r\n', ' ', '\ufeff', '"', 'sep=;\n']) {
      const guess = detectDialect(text, { isWhole: true });
      expect(guess.dialect.delimiter).not.toBe('');
      expect(guess.firstRecordLine).toBeGreaterThan(0);
    }
  });

  const size = 256 * 1024;
  const hostile: [name: string, text: string][] = [
    ['one line', 'a'.repeat(size)],
    ['quotes and nothing else', '"'.repeat(size)],
    ['an odd number of quotes', '"'.repeat(size - 1)],
    ['open quotes', '"a,b\n'.repeat(size / 5)],
    ['blanks and quotes', `a,${' '.repeat(size)}"`],
    ['open quotes after blanks', 'a,   "b\n'.repeat(size / 8)],
    ['tabs and quotes', `a${'\t'.repeat(size)}"`],
    ['backslashes and quotes', '"\\'.repeat(size / 2)],
    ['delimiters and nothing else', ',;\t|'.repeat(size / 4)],
    ['line ends and nothing else', '\r\n\r'.repeat(size / 3)],
    ['ten thousand columns', `${Array.from({ length: 10_000 }, (_, index) => index).join(';')}\n`.repeat(5)],
    ['digits with a sign between each two', `${'1-'.repeat(39)}\n`.repeat(size / 79)],
    ['every sign in every line', `a${Array.from('^~#*!$&:= %>+@/_-;|\t,\'"').join('b')}\n`.repeat(size / 50)],
    ['a quoted cell as large as the sample', `a,"${'x\n'.repeat(size / 2)}`],
  ];

  it.each(hostile)('stays quick with %s', (_name, text) => {
    const startedAt = performance.now();
    detectDialect(text, { isWhole: false });
    // Some hundredths of a second in practice; a search that grows with the square of the text takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('the splitter', () => {
  const files = Object.values(DIALECT_CASES).flat();

  it.each(files)('gives the cells that the parser finds: $name', (file) => {
    const text = file.text.replace(/^\ufeff/, '');
    const own = expectedDialect(file);
    const dialects = [own, STANDARD_DIALECT, { ...own, quote: null, escape: null }];
    for (const delimiter of [';', '\t', ' ', ', ']) dialects.push({ ...own, delimiter });
    dialects.push({ ...own, skipBlanks: true }, { ...own, escape: own.quote === null ? null : '\\' });
    for (const dialect of dialects) {
      // An opening quote that nothing closes: the parser refuses the file, the splitter takes it for text.
      const records = splitRecords(text, dialect, { maxRecords: Infinity, isWhole: true });
      const isReadable = records.every(({ strays }) => strays === 0);
      if (isReadable) expect(records.map(({ cells }) => cells)).toEqual(read(text, dialect));
    }
  });

  it('agrees on text after a closing quote too', () => {
    const text = 'a,"b"c,d\n"x""y"z,"w"\n"","v"" u",\n';
    const records = splitRecords(text, STANDARD_DIALECT, { maxRecords: Infinity, isWhole: true });
    expect(records.map(({ cells }) => cells)).toEqual(read(text, STANDARD_DIALECT));
    expect(records.map(({ strays }) => strays)).toEqual([1, 1, 0]);
  });

  it('knows on which physical line a record starts, and how many it takes', () => {
    const text = 'a,"b\nc"\n\n"d\r\n\n",e\nf,g\n';
    const records = splitRecords(text, STANDARD_DIALECT, { maxRecords: Infinity, isWhole: true });
    expect(records.map(({ line, lines }) => [line, lines])).toEqual([
      [1, 2],
      [4, 3],
      [7, 1],
    ]);
  });
});
