import { TextDecoder } from 'node:util';
import { describe, expect, test } from 'vitest';
import { detectEncoding, wholeCharacters } from '../../../domain/csv/detect-encoding.ts';
import { ENCODINGS, type Encoding, encodingOf } from '../../../domain/csv/encodings.ts';

/** Tables as people in a country would keep them. */
const TABLES = {
  french:
    'réf;désignation;façonnage\n1;Théière émaillée;à l’ancienne\n2;Bœuf séché;prêt à goûter\n3;Pâté de Noël;où ça\n',
  german: 'Artikel;Größe;Preis\nKäsemesser;groß;3,50 €\nBrötchenkorb;für Übergrößen;0,99\nWürzöl;süß;1,20\n',
  spanish: 'año,descripción,compañía\n2019,Plumón de pingüino,Muñoz\n2020,Jabón número tres,Peñalver\n',
  polish: 'nazwa,miejscowość,uwagi\nŻyrandol,Łódź,świeże źdźbło\nGwóźdź,Gdańsk,część wysłać później\n',
  czech: 'zboží;město\nŘeřicha;Děčín\nŠťáva ze švestek;Třinec\nPříbor;Jičín\n',
  hungarian: 'név;város\nGyűrű;Győr\nTükörfúró;Szőgye\nHűtőtáska;Fertőd\nSütő;Őrség\n',
  turkish: 'ürün;şehir\nIşıldak;Eskişehir\nÇaydanlık;Uğurlu\nDoğrayıcı;İğdecik\n',
  lithuanian: 'prekė;miestas\nŠluota;Šiauliai\nKėdė su pagalvėle;Ukmergė\nŽirklės;Birštonas\n',
  russian: 'товар;город;описание\nчайник;Тула;эмалированный, синий\nложка;Вологда;ручная работа\n',
  greek: 'προϊόν;πόλη\nκουτάλι;Λάρισα\nποτήρι κρασιού;Καβάλα\n',
  hebrew: 'מוצר,עיר\nכוס תה,חיפה\nכפית קטנה,באר שבע\n',
  japanese: '商品名,価格,説明\nガラスのコップ,120,とても軽いです\nえんぴつ,50,学校用\n',
  chinese: '商品名称,价格,说明\n玻璃杯子,12,可以放在洗碗机里\n铅笔,1,学校用\n',
  taiwanese: '商品名稱,價格,說明\n玻璃杯子,12,可以放在洗碗機裡\n鉛筆,1,學校用\n',
  korean: '상품명,가격,설명\n유리컵,1200,아주 가볍습니다\n연필,50,학교에서 씁니다\n',
};
type Table = keyof typeof TABLES;

const LEGACY: [Table, Encoding][] = [
  ['french', 'windows-1252'],
  ['french', 'macintosh'],
  ['german', 'windows-1252'],
  ['german', 'iso-8859-15'],
  ['german', 'macintosh'],
  ['spanish', 'windows-1252'],
  ['spanish', 'macintosh'],
  ['polish', 'windows-1250'],
  ['polish', 'iso-8859-2'],
  ['czech', 'windows-1250'],
  ['czech', 'iso-8859-2'],
  ['hungarian', 'windows-1250'],
  ['turkish', 'windows-1254'],
  ['lithuanian', 'windows-1257'],
  ['russian', 'windows-1251'],
  ['russian', 'koi8-r'],
  ['russian', 'ibm866'],
  ['russian', 'iso-8859-5'],
  ['greek', 'windows-1253'],
  ['hebrew', 'windows-1255'],
  ['japanese', 'shift_jis'],
  ['japanese', 'euc-jp'],
  ['chinese', 'gb18030'],
  ['taiwanese', 'big5'],
  ['korean', 'euc-kr'],
];

/** Encodes by trying out what each pair of bytes stands for: Node decodes these encodings, but writes none of them. */
function encode(text: string, encoding: Encoding): Buffer {
  const decoder = new TextDecoder(encoding);
  const table = new Map<string, Buffer>();
  const learn = (bytes: Buffer) => {
    const character = decoder.decode(bytes);
    if (Array.from(character).length === 1 && !table.has(character)) table.set(character, bytes);
  };
  for (let byte = 0; byte < 256; byte += 1) learn(Buffer.from([byte]));
  for (let first = 0x81; first < 0xff; first += 1) {
    for (let second = 0x40; second < 0xff; second += 1) learn(Buffer.from([first, second]));
  }
  return Buffer.concat(
    Array.from(text).map((character) => {
      const bytes = table.get(character);
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`);
      return bytes;
    }),
  );
}

describe('a text in an older encoding is read as its owner wrote it', () => {
  test.each(LEGACY)('%s in %s', (table, encoding) => {
    const text = TABLES[table].replaceAll('’', encoding === 'iso-8859-15' ? "'" : '’');
    const bytes = encode(text, encoding);
    const detected = detectEncoding(bytes);
    expect(detected.encoding).toBe(encoding);
    expect(detected.confidence).toBeGreaterThan(0.5);
    expect(new TextDecoder(detected.encoding).decode(bytes)).toBe(text);
  });

  test.each(LEGACY)('%s in %s, in few cells of a wide table of numbers', (table, encoding) => {
    const text = TABLES[table].replaceAll('’', encoding === 'iso-8859-15' ? "'" : '’');
    const wide = text.replaceAll('\n', `;SKU-1;2024-01-31;plain words of a system;19.90;true\n`);
    const bytes = Buffer.concat([Buffer.from('a;b;c\n'.repeat(1_000)), encode(wide, encoding)]);
    expect(detectEncoding(bytes).encoding).toBe(encoding);
  });
});

describe('windows-1252 is what a Western text is in unless its letters say otherwise', () => {
  test.each([
    ['a single accent', 'id,name\n1,Ren\xe9e\n'],
    ['a pound sign before numbers', 'item,price\nTea,\xa33.20\nJam,\xa34\n'],
    ['a degree sign', 'unit\n20 \xb0C\n'],
    ['typographic quotes and dashes', 'note\nit\x92s \x93strong\x94 \x96 50 g\n'],
    ['a euro sign', 'price\n12,50 \x80\n'],
    ['capitals only', 'M\xdcLLER;K\xd6LN;STRASSE\nB\xc4CKER;L\xdcBECK;X\n'],
    ['an old file of ISO-8859-1', 'ville\nOrl\xe9ans\nSaint-\xc9tienne\n'],
    ['a copyright sign', 'footer\n\xa9 2024\n'],
  ])('%s', (_, text) => {
    expect(detectEncoding(Buffer.from(text, 'latin1')).encoding).toBe('windows-1252');
  });

  test('a guess from one letter is not said to be sure', () => {
    expect(detectEncoding(Buffer.from('id,name\n1,Ren\xe9e\n', 'latin1'))).toMatchObject({ certain: false });
  });

  test('bytes that make sense in no encoding are read in the one that has a character for each', () => {
    const detected = detectEncoding(Buffer.from('a\x81b\x8dc\x8fd\x90e\x9df,\xf7\xd7\n', 'latin1'));
    expect(detected).toMatchObject({ encoding: 'windows-1252', certain: false });
    expect(detected.confidence).toBeLessThan(0.5);
  });
});

describe('Unicode', () => {
  const text = 'sku,név\nA-1,čaj 🫖\n';
  const swap = (bytes: Buffer) => Buffer.from(bytes).swap16();

  test('a byte order mark decides, whatever follows', () => {
    const mark = '\ufeff';
    expect(detectEncoding(Buffer.from(mark + text))).toEqual({
      encoding: 'utf-8',
      bom: 3,
      confidence: 1,
      certain: true,
    });
    expect(detectEncoding(Buffer.from(mark + text, 'utf16le'))).toMatchObject({
      encoding: 'utf-16le',
      bom: 2,
    });
    expect(detectEncoding(swap(Buffer.from(mark + text, 'utf16le')))).toMatchObject({
      encoding: 'utf-16be',
      bom: 2,
    });
  });

  test('UTF-16 without its mark is known by its empty bytes, in Latin and in Japanese tables', () => {
    for (const table of [text, TABLES.japanese]) {
      const bytes = Buffer.from(table, 'utf16le');
      expect(detectEncoding(bytes)).toMatchObject({ encoding: 'utf-16le', bom: 0 });
      expect(detectEncoding(swap(bytes))).toMatchObject({ encoding: 'utf-16be', bom: 0 });
    }
  });

  test('a few stray NULs do not make a text UTF-16', () => {
    expect(detectEncoding(Buffer.from('sku,name\nA\0-1,x\0\nB-2,y\n')).encoding).toBe('utf-8');
  });

  test.each(Object.entries(TABLES))('valid UTF-8 is UTF-8: %s', (_, table) => {
    expect(detectEncoding(Buffer.from(table))).toMatchObject({ encoding: 'utf-8', bom: 0, certain: true });
  });

  test('plain ASCII is UTF-8 so far: the first other byte may come later', () => {
    expect(detectEncoding(Buffer.from('sku,name\nA,Mug\n'))).toMatchObject({
      encoding: 'utf-8',
      certain: false,
    });
    expect(detectEncoding(Buffer.alloc(0))).toMatchObject({ encoding: 'utf-8', certain: false });
  });

  test('a sample that ends inside a character is no other for it', () => {
    const bytes = Buffer.from('x,čaj 🫖');
    for (let length = 4; length <= bytes.length; length += 1) {
      expect(detectEncoding(bytes.subarray(0, length)), `${length}`).toMatchObject({
        encoding: 'utf-8',
        certain: true,
      });
    }
  });

  test('UTF-8 with a little damage stays UTF-8, so that only its damaged rows are lost', () => {
    const damaged = Buffer.concat([
      Buffer.from(TABLES.french.repeat(3)),
      Buffer.from('4;caf\xe9;x\n', 'latin1'),
    ]);
    expect(detectEncoding(damaged)).toMatchObject({ encoding: 'utf-8', certain: false });
  });

  test('whole characters are counted at every cut', () => {
    const bytes = Buffer.from('aé€🫖b');
    const ends = [0, 1, 3, 6, 10, 11];
    for (let length = 0; length <= bytes.length; length += 1) {
      const whole = Math.max(...ends.filter((end) => end <= length));
      expect(wholeCharacters(bytes.subarray(0, length))).toBe(whole);
    }
  });
});

describe('labels', () => {
  test('the usual names of an encoding are understood', () => {
    expect(encodingOf('latin1')).toBe('windows-1252');
    expect(encodingOf('ISO-8859-1')).toBe('windows-1252');
    expect(encodingOf('cp1250')).toBe('windows-1250');
    expect(encodingOf('sjis')).toBe('shift_jis');
    expect(encodingOf('gbk')).toBe('gb18030');
    expect(encodingOf('mac')).toBe('macintosh');
    expect(encodingOf('UTF-16')).toBe('utf-16le');
    expect(encodingOf('ebcdic')).toBeNull();
    expect(encodingOf('iso-2022-jp')).toBeNull();
  });

  test('each encoding that is read can be decoded', () => {
    for (const encoding of ENCODINGS) expect(new TextDecoder(encoding).encoding).toBe(encoding);
  });
});
