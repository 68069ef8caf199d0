import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../domain/kinds/index.ts';
import {
  fingerprintHeader,
  fingerprintHeaderOrder,
  normaliseHeader,
} from '../../../domain/mapping/header-name.ts';
import { guessKind, headerScore } from '../../../domain/mapping/header-score.ts';
import { createRecordMapper } from '../../../domain/mapping/map-record.ts';
import { cellsOf, mapAll, match } from './support.ts';

function sources(kind: 'products' | 'customers', header: string[]): Record<string, string[]> {
  const { matches, problems } = match(kind, header);
  expect(problems).toEqual([]);
  return Object.fromEntries(matches.map(({ column, headers }) => [column, headers]));
}

describe('headers matched one by one', () => {
  test('know a column by its own name, however it is written', () => {
    const { matches, ignored } = match('products', ['\ufeffSKU', ' na-me ', 'Pri_ce', 'Colour']);
    expect(matches).toEqual([
      { column: 'sku', headers: ['\ufeffSKU'], confidence: 1 },
      { column: 'name', headers: [' na-me '], confidence: 1 },
      { column: 'price', headers: ['Pri_ce'], confidence: 1 },
    ]);
    expect(ignored).toEqual([{ position: 3, header: 'Colour', resembles: null }]);
  });

  test.each([
    ['German', 'Art.-Nr.;Bezeichnung;Preis;Beschreibung;Aktiv;Bestand'],
    ['German too', 'Artikelnummer;Artikelbezeichnung;Verkaufspreis;Artikelbeschreibung;aktiv;Lagerbestand'],
    ['French', 'Référence;Désignation;Prix unitaire;Description;Actif;Quantité en stock'],
    ['French without accents', 'REFERENCE;DESIGNATION;PRIX;DESCRIPTION;PUBLIE;STOCK'],
    ['Spanish', 'Código de artículo;Nombre;Precio;Descripción;Activo;Existencias'],
    ['Italian', 'Codice articolo;Nome;Prezzo;Descrizione;Attivo;Giacenza'],
    ['Dutch', 'Artikelcode;Naam;Prijs;Omschrijving;Actief;Voorraad'],
  ])('know products in %s', (_, line) => {
    const header = line.split(';');
    const [sku, name, price, description, active, stock] = header.map((text) => [text]);
    expect(sources('products', header)).toEqual({ sku, name, price, description, active, stock });
    expect(match('products', header).matches.find(({ column }) => column === 'sku')?.confidence).toBeLessThan(
      1,
    );
  });

  test.each([
    ['English', 'First Name;Last Name;Email Address;Company Name;Telephone'],
    ['German', 'Vorname;Nachname;E-Mail-Adresse;Firma;Telefon'],
    ['French', 'Prénom;Nom;Adresse e-mail;Société;Téléphone'],
    ['Spanish', 'Nombre;Apellidos;Correo electrónico;Empresa;Teléfono'],
    ['Italian', 'Nome;Cognome;Indirizzo e-mail;Azienda;Telefono'],
    ['Dutch', 'Voornaam;Achternaam;E-mailadres;Bedrijf;Telefoonnummer'],
  ])('make a name of its parts in %s', (_, line) => {
    const header = line.split(';');
    const [first = '', last = '', email = '', company = '', phone = ''] = header;
    expect(sources('customers', header)).toEqual({
      name: [first, last],
      email: [email],
      company: [company],
      phone: [phone],
    });
    const samples = [
      { [first]: 'Ada', [last]: ' Byron ' },
      { [last]: 'Byron' },
      { [first]: '#N/A', [last]: '#N/A' },
    ];
    expect(mapAll('customers', header, samples, match('customers', header))).toMatchObject([
      { name: 'Ada Byron' },
      { name: 'Byron' },
      { name: '#N/A' },
    ]);
  });

  test('put the first name first where the last one comes first', () => {
    expect(sources('customers', cellsOf('Nachname,Vorname,email,company')).name).toEqual([
      'Vorname',
      'Nachname',
    ]);
  });

  test('prefer one column with the whole name to its parts', () => {
    expect(sources('customers', cellsOf('name,First name,Last name,email,company')).name).toEqual(['name']);
    expect(sources('customers', cellsOf('Full name,First name,Last name,email,company')).name).toEqual([
      'Full name',
    ]);
    expect(sources('customers', cellsOf('Nom,email,company')).name).toEqual(['Nom']);
  });

  test('do not guess whether a name beside a first name is the whole one', () => {
    const { problems } = match('customers', cellsOf('Vorname,Name,email,Firma'));
    expect(problems).toMatchObject([{ code: 'ambiguous_columns', columns: ['name'] }]);
    expect(problems[0]?.message).toContain('{"name":["Vorname","Name"]} or {"name":"Name"}');
    const given = { name: ['Vorname', 'Name'] };
    expect(match('customers', cellsOf('Vorname,Name,email,Firma'), { given }).problems).toEqual([]);
  });

  test('do not take a part for the whole', () => {
    const { problems } = match('customers', cellsOf('Vorname,email,company'));
    expect(problems).toMatchObject([{ code: 'missing_columns', columns: ['name'] }]);
    expect(problems[0]?.message).toContain('{"name":"Vorname"}');
  });

  test('take the own name of a column before an alias, and stop at two aliases', () => {
    expect(sources('products', cellsOf('sku,title,price,name')).name).toEqual(['name']);
    const { problems } = match('products', cellsOf('sku,Title,price,Bezeichnung'));
    expect(problems).toMatchObject([{ code: 'duplicate_columns', columns: ['name'] }]);
    expect(problems[0]?.message).toContain('"Title" (column 2), "Bezeichnung" (column 4)');
    expect(match('products', cellsOf('sku,name,price,SKU')).problems[0]?.message).toContain(
      '"sku" (column 1), "SKU" (column 4)',
    );
  });

  test('never use a near miss, but ask about it', () => {
    const { problems, ignored } = match('products', cellsOf('sku,name,prize,descripton'), {
      where: 'Line 3',
    });
    expect(problems).toEqual([
      {
        code: 'missing_columns',
        columns: ['price'],
        message:
          'Line 3 has no column "price". It has: "sku", "name", "prize", "descripton". ' +
          'Is "prize" the price? Rename it, or send the mapping {"price":"prize"}.',
      },
    ]);
    expect(ignored).toEqual([
      { position: 2, header: 'prize', resembles: 'price' },
      { position: 3, header: 'descripton', resembles: 'description' },
    ]);
    expect(match('products', ['sku', 'name', 'Preis (EUR)']).problems[0]?.message).toContain(
      'Is "Preis (EUR)" the price?',
    );
  });

  test('need the key only where records are updated', () => {
    expect(match('products', ['sku', 'stock'], { mode: 'update' }).problems).toEqual([]);
    expect(match('products', ['stock'], { mode: 'update' }).problems).toMatchObject([{ columns: ['sku'] }]);
  });

  test('pass over what errors.csv added', () => {
    const own = cellsOf('longshore_row,longshore_line,longshore_columns,longshore_codes,longshore_messages');
    const { ignored, problems, mapping } = match('products', [...cellsOf('sku,name,price'), ...own]);
    expect(problems).toEqual([]);
    expect(ignored).toEqual([]);
    expect(mapping.columns).toHaveLength(3);
  });

  test('are plain text, whatever they are called', () => {
    const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ''];
    const { matches, ignored, problems } = match('products', [...odd, 'sku', 'name', 'price']);
    expect(problems).toEqual([]);
    expect(matches).toHaveLength(3);
    expect(ignored.map(({ header }) => header)).toEqual(odd);
    expect(match('products', odd).problems).toMatchObject([{ code: 'missing_columns' }]);
    expect(guessKind(odd)).toBeNull();
    const given = { sku: '__proto__', name: 'constructor', price: 'toString' };
    const found = match('products', odd, { given });
    expect(found.problems).toEqual([]);
    const mapper = createRecordMapper(found.mapping, KINDS.products);
    expect(mapper.map(['a', 'b', '1', '', '', '']).values).toEqual(['a', 'b', '1', null, null, null]);
  });
});

test('no word means two columns of one kind', () => {
  for (const { columns } of Object.values(KINDS)) {
    const words = columns.flatMap(({ name, aliases }) => [
      ...new Set([name, ...aliases].map((word) => normaliseHeader(word))),
    ]);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  }
});

describe('a mapping of the caller', () => {
  const header = cellsOf('Code,Brand,Model,Cost,Note');

  test('names headers, joins them, counts columns and leaves columns out', () => {
    const given = { sku: 'CODE', name: ['Brand', 3], price: 4, description: null };
    const found = match('products', header, { given });
    expect(found.problems).toEqual([]);
    expect(found.mapping.source).toEqual({ type: 'given', name: null, export: null });
    expect(found.ignored.map((one) => one.header)).toEqual(['Note']);
    const samples = [{ Code: 'c', Brand: 'B', Model: 'm', Cost: '2', Note: 'n' }];
    expect(mapAll('products', header, samples, found)).toEqual([
      { sku: 'c', name: 'B m', price: '2', description: null, active: null, stock: null },
    ]);
  });

  test('leaves what it does not name to the header, but for headers that it uses', () => {
    const found = match('products', cellsOf('sku,name,price,stock'), { given: { description: 'name' } });
    expect(found.problems).toMatchObject([{ code: 'missing_columns', columns: ['name'] }]);
    const rest = match('products', cellsOf('sku,name,price,stock,info'), { given: { description: 'info' } });
    expect(rest.matches.map(({ column }) => column)).toEqual([
      'sku',
      'name',
      'price',
      'description',
      'stock',
    ]);
    const without = match('products', cellsOf('sku,name,price,stock'), { given: { stock: null } });
    expect(without.ignored).toMatchObject([{ header: 'stock' }]);
  });

  test('is read as the system means it that wrote the file', () => {
    const shopify = cellsOf('Handle,Title,Variant SKU,Variant Price,Status,Cost per item');
    const found = match('products', shopify, { given: { price: 'Cost per item', active: 'Status' } });
    expect(found.mapping.source).toEqual({ type: 'given', name: null, export: 'shopify-products' });
    const samples = [
      {
        Handle: 'a',
        Title: 'A',
        'Variant SKU': '1',
        'Variant Price': '9',
        Status: 'draft',
        'Cost per item': '4',
      },
      { Handle: 'a', 'Variant SKU': '2', 'Variant Price': '9', 'Cost per item': '5' },
    ];
    expect(mapAll('products', shopify, samples, found)).toMatchObject([
      { name: 'A', price: '4', active: 'false' },
      { name: 'A', price: '5', active: 'false' },
    ]);
  });

  test('stops at headers and columns that are not there, and says which were meant', () => {
    const { problems } = match('products', header, { given: { sku: 'Cod', prize: 'Cost', name: 9 } });
    const messages = problems.filter(({ code }) => code === 'mapping_mismatch').map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringMatching(/column "prize".*Is "price" meant\? They have: "sku", "name"/),
      expect.stringMatching(/"sku" from "Cod".*Is "Code" meant\?/),
      expect.stringMatching(/"name" from column 9.*5 columns/),
    ]);
  });

  test('takes the exact header first, and stops where two are alike', () => {
    const alike = ['Code', 'code', 'CODE ', 'name', 'price'];
    const found = match('products', alike, { given: { sku: 'code' } });
    expect(found.problems).toEqual([]);
    expect(found.mapping.columns[0]).toEqual({ column: 'sku', from: [1] });
    const { problems } = match('products', ['code', 'code', 'name', 'price'], { given: { sku: 'Code' } });
    expect(problems).toMatchObject([{ code: 'duplicate_columns' }]);
    expect(problems[0]?.message).toContain('{"sku":1}');
  });

  test('fills a file without a header', () => {
    const found = match('products', ['', '', ''], { given: { sku: 1, name: 3, price: 2 } });
    expect(found.problems).toEqual([]);
    expect(found.mapping.columns.map(({ from }) => from)).toEqual([[0], [2], [1]]);
  });

  test('that was saved counts as one, under its name', () => {
    const saved = { name: 'Supplier 7', columns: { sku: 'Code', name: 'Model', price: 'Cost' } };
    const found = match('products', header, { mapping: saved });
    expect(found.problems).toEqual([]);
    expect(found.mapping.source).toEqual({ type: 'saved', name: 'Supplier 7', export: null });
  });
});

describe('a record', () => {
  test('keeps null where nothing fills a column, and loses the apostrophe of a spreadsheet', () => {
    const { mapping } = match('products', cellsOf('price,sku,name'));
    const mapper = createRecordMapper(mapping, KINDS.products);
    expect(mapper.map(['1', "'=SUM", "it's"])).toEqual({
      values: ['=SUM', "it's", '1', null, null, null],
      skip: null,
    });
  });
});

describe('the fingerprint of a header', () => {
  test('is the same in whatever order, and for what errors.csv adds', () => {
    const one = fingerprintHeader(['Code', 'Brand', '']);
    expect(fingerprintHeader(['bra-nd', 'CODE', 'longshore_row'])).toBe(one);
    expect(fingerprintHeader(['Code'])).not.toBe(one);
    expect(fingerprintHeaderOrder(['Brand', 'Code'])).not.toBe(fingerprintHeaderOrder(['Code', 'Brand']));
    expect(fingerprintHeaderOrder(['Code'])).not.toBe(fingerprintHeader(['Code']));
  });

  test('is none where no column has a name', () => {
    expect(fingerprintHeader(['', ' '])).toBeNull();
    expect(fingerprintHeaderOrder(['', ' '])).toBeNull();
  });
});

describe('what a record looks like', () => {
  test.each<[string[], number]>([
    [['sku', 'name', 'price'], 1],
    [['Handle', 'Title', 'Variant SKU', 'Variant Price'], 1],
    [['sku', 'name', 'price', 'sku'], 0.75],
    [['Price list of spring'], 0],
    [['A-1', 'Blue mug', '19.90'], 0],
    [['sku,name,price'], 0],
    [['', ''], 0],
    [[], 0],
  ])('%j has the score %d', (cells, score) => {
    expect(headerScore(cells)).toBeCloseTo(score, 5);
  });

  test('ranks a header above a title or a row', () => {
    const header = ['Art.-Nr.', 'Bezeichnung', 'Preis', 'Farbe'];
    expect(headerScore(header)).toBeGreaterThan(headerScore(['Preis', 'Frühling', '', '']));
    expect(headerScore(header)).toBeGreaterThan(0.6);
  });

  test('tells the kind, or that it can not be told', () => {
    expect(guessKind(['Art.-Nr.', 'Bezeichnung', 'Preis'])).toMatchObject({ kind: 'products' });
    expect(guessKind(['email', 'name', 'company'])).toEqual({ kind: 'customers', confidence: 1 });
    expect(guessKind(['Record ID', 'First Name', 'Last Name', 'Email'])).toMatchObject({ kind: 'customers' });
    expect(guessKind(['name'])).toBeNull();
    expect(guessKind(['colour', 'size'])).toBeNull();
  });
});
