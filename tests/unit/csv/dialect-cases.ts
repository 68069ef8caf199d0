import type { Dialect } from '../../../domain/csv/dialect.ts';

/** A file, and how it is to be read. What is not said of the dialect is that of RFC 4180. */
export interface DialectCase extends Partial<Dialect> {
  name: string;
  /** The lines, each with its end. */
  text: string;
  /** Physical line; null: there is none. 1 when not said. */
  header?: number | null;
  /** The records from the header on (or from the first one), cells between ` ¦ `. */
  records: readonly string[];
}

const lf = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');
const crlf = (...lines: string[]) => lines.map((line) => `${line}\r\n`).join('');
const cr = (...lines: string[]) => lines.map((line) => `${line}\r`).join('');

const DELIMITERS: DialectCase[] = [
  {
    name: 'commas',
    text: lf('sku,name,price', 'A-1,Blue mug,9.90', 'A-2,Red mug,8.50'),
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Red mug ¦ 8.50'],
  },
  {
    name: 'semicolons and decimal commas, as spreadsheets write in most of Europe',
    text: crlf(
      'Artikel;Bezeichnung;Preis',
      '1001;Tasse blau;9,90',
      '1002;Tasse rot;12,50',
      '1003;Teller;7,00',
    ),
    delimiter: ';',
    lineEnd: 'crlf',
    records: [
      'Artikel ¦ Bezeichnung ¦ Preis',
      '1001 ¦ Tasse blau ¦ 9,90',
      '1002 ¦ Tasse rot ¦ 12,50',
      '1003 ¦ Teller ¦ 7,00',
    ],
  },
  {
    name: 'nothing but decimal commas between semicolons',
    text: lf('1,5;2,5;10,25', '3,5;4,5;11,75', '5,0;6,5;12,00'),
    delimiter: ';',
    header: null,
    records: ['1,5 ¦ 2,5 ¦ 10,25', '3,5 ¦ 4,5 ¦ 11,75', '5,0 ¦ 6,5 ¦ 12,00'],
  },
  {
    name: 'as many decimal commas as semicolons',
    text: lf('breite;höhe', '1,5;2,5', '3,5;4,5', '10,0;2,0'),
    delimiter: ';',
    records: ['breite ¦ höhe', '1,5 ¦ 2,5', '3,5 ¦ 4,5', '10,0 ¦ 2,0'],
  },
  {
    name: 'tabs, with commas in the text',
    text: lf('sku\tname\tprice', 'A-1\tMug, blue\t9.90', 'A-2\tMug, red, large\t8.50'),
    delimiter: '\t',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Mug, red, large ¦ 8.50'],
  },
  {
    name: 'tabs, with empty cells in a row and at the ends',
    text: lf('sku\tname\tcolor\tstock', 'A-1\t\t\t5', 'A-2\tRed mug\tred\t', '\tTeller\t\t1'),
    delimiter: '\t',
    records: ['sku ¦ name ¦ color ¦ stock', 'A-1 ¦  ¦  ¦ 5', 'A-2 ¦ Red mug ¦ red ¦ ', ' ¦ Teller ¦  ¦ 1'],
  },
  {
    name: 'pipes',
    text: lf('sku|name|price', 'A-1|Mug; blue, small|9.90', 'A-2|Plate|8.50'),
    delimiter: '|',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug; blue, small ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'carets',
    text: lf('sku^name^price', 'A-1^Mug, blue^9.90', 'A-2^Plate^8.50', 'A-3^Bowl^3.20'),
    delimiter: '^',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50', 'A-3 ¦ Bowl ¦ 3.20'],
  },
  {
    name: 'tildes',
    text: lf('sku~name~price', 'A-1~Blue mug~9.90', 'A-2~Plate~8.50', 'A-3~Bowl~3.20'),
    delimiter: '~',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50', 'A-3 ¦ Bowl ¦ 3.20'],
  },
  {
    name: 'colons, and no times',
    text: lf(
      'user:uid:home:shell',
      'ada:1001:/home/ada:/bin/sh',
      'bob:1002:/home/bob:/bin/sh',
      'eve:1003:/home/eve:/bin/sh',
    ),
    delimiter: ':',
    records: [
      'user ¦ uid ¦ home ¦ shell',
      'ada ¦ 1001 ¦ /home/ada ¦ /bin/sh',
      'bob ¦ 1002 ¦ /home/bob ¦ /bin/sh',
      'eve ¦ 1003 ¦ /home/eve ¦ /bin/sh',
    ],
  },
  {
    name: 'single blanks between numbers',
    text: lf('x y z', '1.5 2.5 0.1', '3.5 4.5 0.2', '5.5 6.5 0.3', '7.5 8.5 0.4'),
    delimiter: ' ',
    records: ['x ¦ y ¦ z', '1.5 ¦ 2.5 ¦ 0.1', '3.5 ¦ 4.5 ¦ 0.2', '5.5 ¦ 6.5 ¦ 0.3', '7.5 ¦ 8.5 ¦ 0.4'],
  },
  {
    name: 'blanks around quoted cells',
    text: lf(
      'id "full name" city',
      '1 "Ada Lovelace" London',
      '2 "Grace Hopper" Arlington',
      '3 "Alan Turing" Wilmslow',
    ),
    delimiter: ' ',
    records: [
      'id ¦ full name ¦ city',
      '1 ¦ Ada Lovelace ¦ London',
      '2 ¦ Grace Hopper ¦ Arlington',
      '3 ¦ Alan Turing ¦ Wilmslow',
    ],
  },
  {
    name: 'two colons',
    text: lf(
      '1::Toy Story (1995)::Animation|Comedy',
      '2::Heat: the film (1995)::Action',
      '3::Casino (1995)::Drama',
    ).replace('Heat: the', 'Heat the'),
    delimiter: '::',
    header: null,
    records: [
      '1 ¦ Toy Story (1995) ¦ Animation|Comedy',
      '2 ¦ Heat the film (1995) ¦ Action',
      '3 ¦ Casino (1995) ¦ Drama',
    ],
  },
  {
    name: 'two pipes',
    text: lf('sku||name||price', 'A-1||Blue mug||9.90', 'A-2||Plate||8.50'),
    delimiter: '||',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'three signs in a row',
    text: lf('sku|~|name|~|price', 'A-1|~|Blue mug|~|9.90', 'A-2|~|Plate|~|8.50'),
    delimiter: '|~|',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'comma and blank, then quotes',
    text: lf('"sku", "name", "price"', '"A-1", "Mug, blue", "9.90"', '"A-2", "Plate", "8.50"'),
    skipBlanks: true,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'blanks on both sides of semicolons, and quotes',
    text: lf('"sku" ; "name"', '"A-1" ; "Mug; blue"', '"A-2" ; "Plate"', '"A-3" ; "Bowl"'),
    delimiter: ';',
    skipBlanks: true,
    records: ['sku ¦ name', 'A-1 ¦ Mug; blue', 'A-2 ¦ Plate', 'A-3 ¦ Bowl'],
  },
  {
    name: 'unit separators',
    text: lf('sku\u001fname\u001fprice', 'A-1\u001fMug, blue\u001f9.90', 'A-2\u001fPlate\u001f8.50'),
    delimiter: '\u001f',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'number signs',
    text: lf(
      'Andalucía#Almería#MAYOR, 6#04510',
      'Andalucía#Cádiz#SOL, 1#04520',
      'Aragón#Huesca#MAR, 3#04007',
      'Aragón#Teruel#LUNA, 9#04008',
    ),
    delimiter: '#',
    header: null,
    records: [
      'Andalucía ¦ Almería ¦ MAYOR, 6 ¦ 04510',
      'Andalucía ¦ Cádiz ¦ SOL, 1 ¦ 04520',
      'Aragón ¦ Huesca ¦ MAR, 3 ¦ 04007',
      'Aragón ¦ Teruel ¦ LUNA, 9 ¦ 04008',
    ],
  },
];

const BLANKS: DialectCase[] = [
  {
    name: 'a blank after commas, and quotes where they have to be',
    text: lf('sku, name, price', 'A-1, "Mug, blue", 9.90', 'A-2, Plate, 8.50', 'A-3, "Bowl, ""deep""", 7.00'),
    skipBlanks: true,
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ Mug, blue ¦ 9.90',
      'A-2 ¦ Plate ¦ 8.50',
      'A-3 ¦ Bowl, "deep" ¦ 7.00',
    ],
  },
  {
    name: 'a blank after some of the commas',
    text: lf(
      'sku,name, price',
      'A-1, "Mug, blue",9.90',
      'A-2,"Plate, flat", 8.50',
      'A-3, "Bowl",7.00',
      'A-4,Cup, 6.00',
    ),
    skipBlanks: true,
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ Mug, blue ¦ 9.90',
      'A-2 ¦ Plate, flat ¦ 8.50',
      'A-3 ¦ Bowl ¦ 7.00',
      'A-4 ¦ Cup ¦ 6.00',
    ],
  },
  {
    name: 'a blank in front of commas, and at the end of lines',
    text: lf('"sku" ,"name" ,"price" ', '"A-1" ,"Mug, blue" ,"9.90" ', '"A-2" ,"Plate" ,"8.50" '),
    skipBlanks: true,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'quoted cells aligned with blanks and tabs',
    text: crlf('"sku",\t"name",     "price"', '"A-1",\t"Mug, blue",  "9.90"', '"A-2",\t"Plate",  "8.50"'),
    skipBlanks: true,
    lineEnd: 'crlf',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'blanks on both sides of pipes, and quotes',
    text: lf('sku | name | price', 'A-1 | "Mug | blue" | 9.90', 'A-2 | "Plate" | 8.50', 'A-3 | "Bowl" | 7'),
    delimiter: '|',
    skipBlanks: true,
    records: ['sku  ¦ name  ¦ price', 'A-1  ¦ Mug | blue ¦ 9.90', 'A-2  ¦ Plate ¦ 8.50', 'A-3  ¦ Bowl ¦ 7'],
  },
  {
    name: 'blanks after tabs, and quotes',
    text: lf('sku\t "name"\t "price"', 'A-1\t "Mug\tblue"\t "9.90"', 'A-2\t\t "8.50"', 'A-3\t "Cup"\t "7"'),
    delimiter: '\t',
    skipBlanks: true,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug\tblue ¦ 9.90', 'A-2 ¦  ¦ 8.50', 'A-3 ¦ Cup ¦ 7'],
  },
  {
    name: 'blanks after semicolons, and single quotes after a backslash',
    text: lf("'sku'; 'name'", "'A-1'; 'Ada\\'s mug; blue'", "'A-2'; 'Bob\\'s plate'", "'A-3'; 'Bowl'"),
    delimiter: ';',
    quote: "'",
    escape: '\\',
    skipBlanks: true,
    records: ['sku ¦ name', "A-1 ¦ Ada's mug; blue", "A-2 ¦ Bob's plate", 'A-3 ¦ Bowl'],
  },
  {
    name: 'line ends in quoted cells after blanks',
    text: lf('sku, name, note', 'A-1, "Mug,\nblue", "a"', 'A-2, "Plate", "b\n\nc, d"', 'A-3, "Bowl", "e"'),
    skipBlanks: true,
    records: ['sku ¦ name ¦ note', 'A-1 ¦ Mug,\nblue ¦ a', 'A-2 ¦ Plate ¦ b\n\nc, d', 'A-3 ¦ Bowl ¦ e'],
  },
  {
    name: 'a blank after commas, and no quotes',
    text: lf('sku, name, price', 'A-1, Mug, 9.90', 'A-2, Plate, 8.50', 'A-3, Bowl, 7.00'),
    records: ['sku ¦  name ¦  price', 'A-1 ¦  Mug ¦  9.90', 'A-2 ¦  Plate ¦  8.50', 'A-3 ¦  Bowl ¦  7.00'],
  },
  {
    name: 'blanks on both sides of number signs, and no quotes',
    text: lf('sku # name # price', 'A-1 # Mug, blue # 9.90', 'A-2 # Plate # 8.50', 'A-3 # Bowl # 7.00'),
    delimiter: '#',
    records: [
      'sku  ¦  name  ¦  price',
      'A-1  ¦  Mug, blue  ¦  9.90',
      'A-2  ¦  Plate  ¦  8.50',
      'A-3  ¦  Bowl  ¦  7.00',
    ],
  },
  {
    name: 'a comma and a blank, with marks of thousands that are commas',
    text: lf(
      'site, visits, city, note',
      'north, 1,204, Oslo, harbour',
      'south, 977, Bergen, hill',
      'east, 12,118, Narvik, station',
    ),
    delimiter: ', ',
    records: [
      'site ¦ visits ¦ city ¦ note',
      'north ¦ 1,204 ¦ Oslo ¦ harbour',
      'south ¦ 977 ¦ Bergen ¦ hill',
      'east ¦ 12,118 ¦ Narvik ¦ station',
    ],
  },
  {
    name: 'quotes after a comma and a blank inside quoted cells',
    text: lf('sku,name', 'A-1,"Mug, ""blue"", small"', 'A-2,"Plate, ""flat"""', 'A-3,"Bowl"'),
    records: ['sku ¦ name', 'A-1 ¦ Mug, "blue", small', 'A-2 ¦ Plate, "flat"', 'A-3 ¦ Bowl'],
  },
  {
    name: 'text in quotes after a blank that is a part of a cell',
    text: lf('sku;name', 'A-1; "Blue" mug', 'A-2; "Red" mug', 'A-3; "Flat" plate', 'A-4; bowl'),
    delimiter: ';',
    records: ['sku ¦ name', 'A-1 ¦  "Blue" mug', 'A-2 ¦  "Red" mug', 'A-3 ¦  "Flat" plate', 'A-4 ¦  bowl'],
  },
];

const QUOTES: DialectCase[] = [
  {
    name: 'quoted cells with delimiters and line ends in them',
    text: lf(
      'sku,name,description',
      'A-1,Mug,"Blue, small,\nholds 300 ml"',
      'A-2,Plate,"Flat,\n\nround; white"',
    ),
    records: [
      'sku ¦ name ¦ description',
      'A-1 ¦ Mug ¦ Blue, small,\nholds 300 ml',
      'A-2 ¦ Plate ¦ Flat,\n\nround; white',
    ],
  },
  {
    name: 'a quoted table of another dialect in a cell',
    text: lf('id,comment', '1,hello', '2,"As a table:\na|b|c\n1|2|3\n4|5|6\n7|8|9\n10|11|12"', '3,bye'),
    records: [
      'id ¦ comment',
      '1 ¦ hello',
      '2 ¦ As a table:\na|b|c\n1|2|3\n4|5|6\n7|8|9\n10|11|12',
      '3 ¦ bye',
    ],
  },
  {
    name: 'doubled quotes',
    text: lf('sku,name', 'A-1,"The ""blue"" mug"', 'A-2,"Pipe 5"""', 'A-3,Plate'),
    records: ['sku ¦ name', 'A-1 ¦ The "blue" mug', 'A-2 ¦ Pipe 5"', 'A-3 ¦ Plate'],
  },
  {
    name: 'quotes after a backslash',
    text: lf('"sku","name"', '"A-1","The \\"blue\\", small mug"', '"A-2","Pipe 5\\""', '"A-3","Plate"'),
    escape: '\\',
    records: ['sku ¦ name', 'A-1 ¦ The "blue", small mug', 'A-2 ¦ Pipe 5"', 'A-3 ¦ Plate'],
  },
  {
    name: 'quotes after a backslash, and backslashes that are text',
    text: lf(
      '"sku","file","note"',
      '"A-1","C:\\temp\\new.txt","The \\"blue\\", small mug"',
      '"A-2","\\\\server\\share","one\\ntwo\\tthree"',
      '"A-3","D:\\\\","Bowl"',
    ),
    escape: '\\',
    records: [
      'sku ¦ file ¦ note',
      'A-1 ¦ C:\\temp\\new.txt ¦ The "blue", small mug',
      'A-2 ¦ \\server\\share ¦ one\\ntwo\\tthree',
      'A-3 ¦ D:\\ ¦ Bowl',
    ],
  },
  {
    name: 'quotes after a backslash, and doubled ones',
    text: lf(
      '"sku","name"',
      '"A-1","The \\"blue\\", small mug"',
      '"A-2","The ""red"", small mug"',
      '"A-3","Plate, ""flat\\" "',
      '"A-4","""Bowl"""',
    ),
    escape: '\\',
    records: [
      'sku ¦ name',
      'A-1 ¦ The "blue", small mug',
      'A-2 ¦ The "red", small mug',
      'A-3 ¦ Plate, "flat" ',
      'A-4 ¦ "Bowl"',
    ],
  },
  {
    name: 'backslashes in quoted cells, and none in front of a quote',
    text: lf('"sku","file"', '"A-1","C:\\temp\\new.txt"', '"A-2","\\\\server\\share, old"', '"A-3","a\\nb"'),
    records: ['sku ¦ file', 'A-1 ¦ C:\\temp\\new.txt', 'A-2 ¦ \\\\server\\share, old', 'A-3 ¦ a\\nb'],
  },
  {
    name: 'backslashes in quoted cells, and in front of a quote outside of them',
    text: lf(
      'sku,name,file',
      'A-1,5\\" pipe,"\\\\server\\a, b"',
      'A-2,7\\" pipe,"\\\\server\\c"',
      'A-3,bowl,x',
    ),
    records: [
      'sku ¦ name ¦ file',
      'A-1 ¦ 5\\" pipe ¦ \\\\server\\a, b',
      'A-2 ¦ 7\\" pipe ¦ \\\\server\\c',
      'A-3 ¦ bowl ¦ x',
    ],
  },
  {
    name: 'a backslash at the end of a quoted cell',
    text: lf('"folder","owner"', '"C:\\data\\","ada"', '"C:\\temp\\","bob, eve"', '"D:\\","eve"'),
    records: ['folder ¦ owner', 'C:\\data\\ ¦ ada', 'C:\\temp\\ ¦ bob, eve', 'D:\\ ¦ eve'],
  },
  {
    name: 'single quotes',
    text: lf("'sku','name','price'", "'A-1','Mug, blue',9.90", "'A-2','Plate, flat',8.50"),
    quote: "'",
    escape: "'",
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9.90', 'A-2 ¦ Plate, flat ¦ 8.50'],
  },
  {
    name: 'single quotes after a backslash',
    text: lf("'sku','name'", "'A-1','Ada\\'s mug, blue'", "'A-2','Bob\\'s plate'", "'A-3','Bowl'"),
    quote: "'",
    escape: '\\',
    records: ['sku ¦ name', "A-1 ¦ Ada's mug, blue", "A-2 ¦ Bob's plate", 'A-3 ¦ Bowl'],
  },
  {
    name: 'apostrophes are no quotes',
    text: lf('sku,name', "A-1,Ada's mug", "A-2,Bob's plate", "A-3,'t Hooft"),
    records: ['sku ¦ name', "A-1 ¦ Ada's mug", "A-2 ¦ Bob's plate", "A-3 ¦ 't Hooft"],
  },
  {
    name: 'inches are no quotes',
    text: lf('sku\tname\tprice', 'A-1\t5" pipe\t9.90', 'A-2\t7" pipe, bent\t8.50', 'A-3\tBowl\t1.00'),
    delimiter: '\t',
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ 5" pipe ¦ 9.90',
      'A-2 ¦ 7" pipe, bent ¦ 8.50',
      'A-3 ¦ Bowl ¦ 1.00',
    ],
  },
  {
    name: 'quotes that open cells and mean nothing',
    text: lf(
      'id\ttext',
      '1\t"Blue" is the name of the mug',
      '2\t"Red" and "green" are others',
      '3\tplain',
      '4\t"Odd one',
    ),
    delimiter: '\t',
    quote: null,
    escape: null,
    records: [
      'id ¦ text',
      '1 ¦ "Blue" is the name of the mug',
      '2 ¦ "Red" and "green" are others',
      '3 ¦ plain',
      '4 ¦ "Odd one',
    ],
  },
  {
    name: 'JSON in quoted cells',
    text: lf('id,data,time', '1,"{""a"": 1, ""b"": [1, 2]}",13:31:38', '2,"{""a"": 2, ""b"": []}",22:13:29'),
    records: ['id ¦ data ¦ time', '1 ¦ {"a": 1, "b": [1, 2]} ¦ 13:31:38', '2 ¦ {"a": 2, "b": []} ¦ 22:13:29'],
  },
  {
    name: 'HTML in quoted cells',
    text: lf(
      'sku;body',
      'A-1;"<p style=""color: red; margin: 0"">Mug, <b>blue</b></p>"',
      'A-2;"<ul><li>a</li>\n<li>b; c</li></ul>"',
      'A-3;plain',
    ),
    delimiter: ';',
    records: [
      'sku ¦ body',
      'A-1 ¦ <p style="color: red; margin: 0">Mug, <b>blue</b></p>',
      'A-2 ¦ <ul><li>a</li>\n<li>b; c</li></ul>',
      'A-3 ¦ plain',
    ],
  },
  {
    name: 'all cells quoted, other delimiters in them',
    text: lf('"a;b";"c,d"', '"1;2";"3,4"', '"5;6";"7,8"'),
    delimiter: ';',
    records: ['a;b ¦ c,d', '1;2 ¦ 3,4', '5;6 ¦ 7,8'],
  },
  {
    name: 'one quoted column alone',
    text: lf('"name"', '"Mug, blue"', '"Plate, flat, white"', '"Bowl"'),
    records: ['name', 'Mug, blue', 'Plate, flat, white', 'Bowl'],
  },
];

const LINE_ENDS: DialectCase[] = [
  {
    name: 'carriage returns alone',
    text: cr('sku;name;price', 'A-1;Blue mug;9,90', 'A-2;Plate;8,50'),
    delimiter: ';',
    lineEnd: 'cr',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9,90', 'A-2 ¦ Plate ¦ 8,50'],
  },
  {
    name: 'carriage returns, with line feeds in cells',
    text: cr(
      'id;name;text',
      '1;Mug;blue',
      '2;Plate;flat. \nAnd round.',
      '3;Bowl;deep. \nAnd white. \nAnd small.',
    ),
    delimiter: ';',
    lineEnd: 'cr',
    records: [
      'id ¦ name ¦ text',
      '1 ¦ Mug ¦ blue',
      '2 ¦ Plate ¦ flat. \nAnd round.',
      '3 ¦ Bowl ¦ deep. \nAnd white. \nAnd small.',
    ],
  },
  {
    name: 'all three line ends in one file',
    text: 'sku,name,price\r\nA-1,Mug,9.90\rA-2,Plate,8.50\nA-3,Bowl,7.00\rA-4,Cup,6.00\r\n',
    lineEnd: 'mixed',
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ Mug ¦ 9.90',
      'A-2 ¦ Plate ¦ 8.50',
      'A-3 ¦ Bowl ¦ 7.00',
      'A-4 ¦ Cup ¦ 6.00',
    ],
  },
  {
    name: 'line feeds, with a carriage return in a quoted cell',
    text: 'sku,name\nA-1,"Mug\rblue"\nA-2,Plate\nA-3,Bowl\n',
    records: ['sku ¦ name', 'A-1 ¦ Mug\rblue', 'A-2 ¦ Plate', 'A-3 ¦ Bowl'],
  },
  {
    name: 'no line end at the end',
    text: 'sku,name\r\nA-1,Mug\r\nA-2,Plate',
    lineEnd: 'crlf',
    records: ['sku ¦ name', 'A-1 ¦ Mug', 'A-2 ¦ Plate'],
  },
  {
    name: 'a byte order mark',
    text: `\ufeff${lf('sku;name', 'A-1;Mug', 'A-2;Plate')}`,
    delimiter: ';',
    records: ['sku ¦ name', 'A-1 ¦ Mug', 'A-2 ¦ Plate'],
  },
];

const ABOVE: DialectCase[] = [
  {
    name: 'a title and a blank line',
    text: lf('Product export', '', 'sku,name,price', 'A-1,Blue mug,9.90', 'A-2,Plate,8.50', 'A-3,Bowl,3.00'),
    header: 3,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50', 'A-3 ¦ Bowl ¦ 3.00'],
  },
  {
    name: 'a title filled up with delimiters, as spreadsheets save it',
    text: lf('Product export,,', ',,', 'sku,name,price', 'A-1,Blue mug,9.90', 'A-2,Plate,8.50'),
    header: 3,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'a title with commas above semicolons',
    text: lf(
      'Export from the shop, made on 3 May 2024, by Ada',
      'sku;name;price',
      'A-1;Blue mug;9,90',
      'A-2;Plate;8,50',
      'A-3;Bowl;3,00',
    ),
    delimiter: ';',
    header: 2,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9,90', 'A-2 ¦ Plate ¦ 8,50', 'A-3 ¦ Bowl ¦ 3,00'],
  },
  {
    name: 'comments',
    text: lf(
      '# made by the export job',
      '# rows: 2, columns: 3',
      'sku,name,price',
      'A-1,Blue mug,9.90',
      'A-2,Plate,8.50',
    ),
    header: 3,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
  {
    name: 'a comment that names the columns',
    text: lf('# energy,count,error', '0.1,15,0.02', '0.2,17,0.03', '0.3,12,0.02'),
    records: ['# energy ¦ count ¦ error', '0.1 ¦ 15 ¦ 0.02', '0.2 ¦ 17 ¦ 0.03', '0.3 ¦ 12 ¦ 0.02'],
  },
  {
    name: 'a line that tells spreadsheets the delimiter',
    text: crlf('sep=;', 'sku;name;price', 'A-1;Mug, blue;9,90', 'A-2;Plate;8,50'),
    delimiter: ';',
    lineEnd: 'crlf',
    header: 2,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue ¦ 9,90', 'A-2 ¦ Plate ¦ 8,50'],
  },
  {
    name: 'such a line with a sign that nobody would guess',
    text: lf('sep=!', 'sku!name', 'A-1!Mug', 'A-2!Plate'),
    delimiter: '!',
    header: 2,
    records: ['sku ¦ name', 'A-1 ¦ Mug', 'A-2 ¦ Plate'],
  },
  {
    name: 'such a line in quotes',
    text: lf('"sep=|"', 'sku|name,full', 'A-1|Mug,blue', 'A-2|Plate,flat'),
    delimiter: '|',
    header: 2,
    records: ['sku ¦ name,full', 'A-1 ¦ Mug,blue', 'A-2 ¦ Plate,flat'],
  },
  {
    name: 'lines of facts about the file',
    text: lf(
      'Store: Harbour Goods',
      'Date: 2024-05-03',
      'Currency: EUR',
      '',
      'sku;name;price;stock',
      'A-1;Blue mug;9,90;5',
      'A-2;Plate;8,50;6',
      'A-3;Bowl;3,00;7',
    ),
    delimiter: ';',
    header: 5,
    records: [
      'sku ¦ name ¦ price ¦ stock',
      'A-1 ¦ Blue mug ¦ 9,90 ¦ 5',
      'A-2 ¦ Plate ¦ 8,50 ¦ 6',
      'A-3 ¦ Bowl ¦ 3,00 ¦ 7',
    ],
  },
  {
    name: 'facts with the delimiter of the table',
    text: lf(
      'Store,Harbour Goods',
      'Date,2024-05-03',
      '',
      'sku,name,price,stock',
      'A-1,Blue mug,9.90,5',
      'A-2,Plate,8.50,6',
      'A-3,Bowl,3.00,7',
    ),
    header: 4,
    records: [
      'sku ¦ name ¦ price ¦ stock',
      'A-1 ¦ Blue mug ¦ 9.90 ¦ 5',
      'A-2 ¦ Plate ¦ 8.50 ¦ 6',
      'A-3 ¦ Bowl ¦ 3.00 ¦ 7',
    ],
  },
  {
    name: 'a title in quotes with a line end in it',
    text: lf(
      '"Products of',
      'Harbour Goods"',
      'sku,name,price',
      'A-1,Blue mug,9.90',
      'A-2,Plate,8.50',
      'A-3,Bowl,3.00',
    ),
    header: 3,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Blue mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50', 'A-3 ¦ Bowl ¦ 3.00'],
  },
  {
    name: 'blank lines first',
    text: lf('', '', 'sku,name', 'A-1,Mug', 'A-2,Plate'),
    header: 3,
    records: ['sku ¦ name', 'A-1 ¦ Mug', 'A-2 ¦ Plate'],
  },
  {
    name: 'the header twice',
    text: lf('sku,name,price', 'sku,name,price', 'A-1,Mug,9.90', 'A-2,Plate,8.50'),
    header: 2,
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug ¦ 9.90', 'A-2 ¦ Plate ¦ 8.50'],
  },
];

const HEADERS: DialectCase[] = [
  {
    name: 'no header: numbers from the first line on',
    text: lf('0.1,15,0.02', '0.2,17,0.03', '0.3,12,0.02'),
    header: null,
    records: ['0.1 ¦ 15 ¦ 0.02', '0.2 ¦ 17 ¦ 0.03', '0.3 ¦ 12 ¦ 0.02'],
  },
  {
    name: 'no header: records of several types',
    text: lf('A-1,Blue mug,9.90,2024-01-05', 'A-2,Plate,8.50,2024-02-11', 'A-3,Bowl,7.00,2024-03-02'),
    header: null,
    records: [
      'A-1 ¦ Blue mug ¦ 9.90 ¦ 2024-01-05',
      'A-2 ¦ Plate ¦ 8.50 ¦ 2024-02-11',
      'A-3 ¦ Bowl ¦ 7.00 ¦ 2024-03-02',
    ],
  },
  {
    name: 'a header over text alone',
    text: lf(
      'name,company,city',
      'Ada Lovelace,Analytical Engines,London',
      'Grace Hopper,Navy,Arlington',
      'Alan Turing,Bletchley Park,Wilmslow',
    ),
    records: [
      'name ¦ company ¦ city',
      'Ada Lovelace ¦ Analytical Engines ¦ London',
      'Grace Hopper ¦ Navy ¦ Arlington',
      'Alan Turing ¦ Bletchley Park ¦ Wilmslow',
    ],
  },
  {
    name: 'a header over addresses of mail',
    text: lf('Email Address,First Name', 'ada@example.com,Ada', 'bob@example.com,Bob'),
    records: ['Email Address ¦ First Name', 'ada@example.com ¦ Ada', 'bob@example.com ¦ Bob'],
  },
  {
    name: 'years as names of columns',
    text: lf('station,2021,2022,2023', 'north,4.5,5.5,6.25', 'south,3.5,2.5,1.75', 'west,1.5,2.25,3.5'),
    records: [
      'station ¦ 2021 ¦ 2022 ¦ 2023',
      'north ¦ 4.5 ¦ 5.5 ¦ 6.25',
      'south ¦ 3.5 ¦ 2.5 ¦ 1.75',
      'west ¦ 1.5 ¦ 2.25 ¦ 3.5',
    ],
  },
  {
    name: 'a header and nothing else',
    text: lf('sku,name,price,description'),
    records: ['sku ¦ name ¦ price ¦ description'],
  },
  {
    name: 'a header and one record',
    text: lf('sku;name;price', 'A-1;Mug, blue, small;9,90'),
    delimiter: ';',
    records: ['sku ¦ name ¦ price', 'A-1 ¦ Mug, blue, small ¦ 9,90'],
  },
  {
    name: 'records with one delimiter more than the header',
    text: lf('sku,name,price', 'A-1,Blue mug,9.90,', 'A-2,Plate,8.50,', 'A-3,Bowl,7.00,'),
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ Blue mug ¦ 9.90 ¦ ',
      'A-2 ¦ Plate ¦ 8.50 ¦ ',
      'A-3 ¦ Bowl ¦ 7.00 ¦ ',
    ],
  },
  {
    name: 'a delimiter at the end of each line',
    text: lf('sku;name;price;', 'A-1;Blue mug;9,90;', 'A-2;Plate;8,50;'),
    delimiter: ';',
    records: ['sku ¦ name ¦ price ¦ ', 'A-1 ¦ Blue mug ¦ 9,90 ¦ ', 'A-2 ¦ Plate ¦ 8,50 ¦ '],
  },
  {
    name: 'records that end early',
    text: lf(
      'sku,name,price,stock',
      'A-1,Blue mug,9.90,5',
      'A-2,Plate',
      'A-3,Bowl,7.00,1',
      'A-4,Cup,6.00,2',
      'A-5',
    ),
    records: [
      'sku ¦ name ¦ price ¦ stock',
      'A-1 ¦ Blue mug ¦ 9.90 ¦ 5',
      'A-2 ¦ Plate',
      'A-3 ¦ Bowl ¦ 7.00 ¦ 1',
      'A-4 ¦ Cup ¦ 6.00 ¦ 2',
      'A-5',
    ],
  },
  {
    name: 'blank lines between the records',
    text: lf('sku,name', '', 'A-1,Mug', '', 'A-2,Plate', ''),
    records: ['sku ¦ name', 'A-1 ¦ Mug', 'A-2 ¦ Plate'],
  },
  {
    name: 'a header with line ends in its cells',
    text: lf('sku,"price', '(EUR)","stock', '(pieces)"', 'A-1,9.90,5', 'A-2,8.50,6'),
    records: ['sku ¦ price\n(EUR) ¦ stock\n(pieces)', 'A-1 ¦ 9.90 ¦ 5', 'A-2 ¦ 8.50 ¦ 6'],
  },
];

const CONTENTS: DialectCase[] = [
  {
    name: 'one column of words',
    text: lf('name', 'Mug', 'Plate', 'Bowl'),
    records: ['name', 'Mug', 'Plate', 'Bowl'],
  },
  {
    name: 'one column of times',
    text: lf('12:30:00', '12:45:10', '13:00:59', '14:10:05'),
    header: null,
    records: ['12:30:00', '12:45:10', '13:00:59', '14:10:05'],
  },
  {
    name: 'one column of dates',
    text: lf('day', '2024-01-05', '2024-02-11', '2024-03-02'),
    records: ['day', '2024-01-05', '2024-02-11', '2024-03-02'],
  },
  {
    name: 'one column of addresses of mail',
    text: lf('email', 'ada@example.com', 'bob@example.com', 'eve@example.org'),
    records: ['email', 'ada@example.com', 'bob@example.com', 'eve@example.org'],
  },
  {
    name: 'one column of article numbers with hyphens',
    text: lf('sku', 'AB-100-X', 'AB-200-Y', 'AB-300-Z'),
    records: ['sku', 'AB-100-X', 'AB-200-Y', 'AB-300-Z'],
  },
  {
    name: 'one column of names in two words',
    text: lf('Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra'),
    header: null,
    records: ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra'],
  },
  {
    name: 'times between commas',
    text: lf(
      'day,from,to',
      '2024-01-05,12:30:00,13:30:00',
      '2024-01-06,12:31:00,13:31:00',
      '2024-01-07,09:00:00,10:00:00',
    ),
    records: [
      'day ¦ from ¦ to',
      '2024-01-05 ¦ 12:30:00 ¦ 13:30:00',
      '2024-01-06 ¦ 12:31:00 ¦ 13:31:00',
      '2024-01-07 ¦ 09:00:00 ¦ 10:00:00',
    ],
  },
  {
    name: 'times with a date before a semicolon',
    text: lf('05.01.2024 12:30:00;ok', '06.01.2024 12:31:00;ok', '07.01.2024 09:00:00;failed'),
    delimiter: ';',
    header: null,
    records: ['05.01.2024 12:30:00 ¦ ok', '06.01.2024 12:31:00 ¦ ok', '07.01.2024 09:00:00 ¦ failed'],
  },
  {
    name: 'addresses of the web',
    text: lf(
      'sku,image',
      'A-1,https://shop.example/a/1.jpg?w=100&h=200',
      'A-2,https://shop.example/a/2.jpg?w=100&h=200',
      'A-3,https://shop.example/a/3.jpg?w=100&h=200',
    ),
    records: [
      'sku ¦ image',
      'A-1 ¦ https://shop.example/a/1.jpg?w=100&h=200',
      'A-2 ¦ https://shop.example/a/2.jpg?w=100&h=200',
      'A-3 ¦ https://shop.example/a/3.jpg?w=100&h=200',
    ],
  },
  {
    name: 'lists within cells',
    text: lf('id;value', '1;3,4,5', '2;6,7,8', '3;9,10,11'),
    delimiter: ';',
    records: ['id ¦ value', '1 ¦ 3,4,5', '2 ¦ 6,7,8', '3 ¦ 9,10,11'],
  },
  {
    name: 'categories with signs of their own',
    text: lf(
      'sku,name,categories',
      'A-1,Blue mug,Kitchen > Mugs|Gifts > Home',
      'A-2,Plate,Kitchen > Plates|Kitchen > White',
      'A-3,Bowl,Kitchen > Bowls|Gifts > Home',
    ),
    records: [
      'sku ¦ name ¦ categories',
      'A-1 ¦ Blue mug ¦ Kitchen > Mugs|Gifts > Home',
      'A-2 ¦ Plate ¦ Kitchen > Plates|Kitchen > White',
      'A-3 ¦ Bowl ¦ Kitchen > Bowls|Gifts > Home',
    ],
  },
  {
    name: 'one record with more pipes than commas',
    text: 'R1,Channels north,K6A north|K6B south|K6C west|K6D east|K6E hill|K6F lake,145.10|145.20|145.30|145.40|145.50|145.60,OFF,OFF,0.5,0.1',
    header: null,
    records: [
      'R1 ¦ Channels north ¦ K6A north|K6B south|K6C west|K6D east|K6E hill|K6F lake ¦ 145.10|145.20|145.30|145.40|145.50|145.60 ¦ OFF ¦ OFF ¦ 0.5 ¦ 0.1',
    ],
  },
  {
    name: 'shapes on a map',
    text: lf(
      'id;shape',
      '1;LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
      '2;LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
      '3;LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
    ),
    delimiter: ';',
    records: [
      'id ¦ shape',
      '1 ¦ LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
      '2 ¦ LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
      '3 ¦ LINE(48.7 9.1, 48.8 9.2, 48.9 9.3)',
    ],
  },
  {
    name: 'prices with signs and marks of thousands',
    text: lf(
      'sku,price,old price',
      'A-1,"$1,250.00","$2,000.00"',
      'A-2,$9.90,$10.00',
      'A-3,"$3,100.50","$4,000.00"',
    ),
    records: [
      'sku ¦ price ¦ old price',
      'A-1 ¦ $1,250.00 ¦ $2,000.00',
      'A-2 ¦ $9.90 ¦ $10.00',
      'A-3 ¦ $3,100.50 ¦ $4,000.00',
    ],
  },
  {
    name: 'records of empty cells mostly',
    text: lf('sku,name,color,size,weight,stock', 'A-1,Mug,,,,', 'A-2,Plate,,,,3', 'A-3,Bowl,,,,', ',,,,,'),
    records: [
      'sku ¦ name ¦ color ¦ size ¦ weight ¦ stock',
      'A-1 ¦ Mug ¦  ¦  ¦  ¦ ',
      'A-2 ¦ Plate ¦  ¦  ¦  ¦ 3',
      'A-3 ¦ Bowl ¦  ¦  ¦  ¦ ',
      ' ¦  ¦  ¦  ¦  ¦ ',
    ],
  },
  {
    name: 'names in another script',
    text: lf('артикул;название;цена', '1001;Кружка, синяя;9,90', '1002;Тарелка;8,50', '1003;Миска;7,00'),
    delimiter: ';',
    records: [
      'артикул ¦ название ¦ цена',
      '1001 ¦ Кружка, синяя ¦ 9,90',
      '1002 ¦ Тарелка ¦ 8,50',
      '1003 ¦ Миска ¦ 7,00',
    ],
  },
  {
    name: 'wide characters',
    text: lf('商品コード,商品名,価格', 'A-1,青いマグ,990', 'A-2,皿,850', 'A-3,鉢、小,700'),
    records: ['商品コード ¦ 商品名 ¦ 価格', 'A-1 ¦ 青いマグ ¦ 990', 'A-2 ¦ 皿 ¦ 850', 'A-3 ¦ 鉢、小 ¦ 700'],
  },
  {
    name: 'sums under the table',
    text: lf('sku,name,price', 'A-1,Blue mug,9.90', 'A-2,Plate,8.50', 'A-3,Bowl,7.00', '', 'Total,,25.40'),
    records: [
      'sku ¦ name ¦ price',
      'A-1 ¦ Blue mug ¦ 9.90',
      'A-2 ¦ Plate ¦ 8.50',
      'A-3 ¦ Bowl ¦ 7.00',
      'Total ¦  ¦ 25.40',
    ],
  },
  {
    name: 'translations of sentences',
    text: lf(
      '"source","target"',
      '"Add to cart, please","In den Warenkorb, bitte"',
      '"Your cart is empty.","Ihr Warenkorb ist leer."',
      '"%s items; total %s","%s Artikel; Summe %s"',
      '"Sign in","Anmelden"',
    ),
    records: [
      'source ¦ target',
      'Add to cart, please ¦ In den Warenkorb, bitte',
      'Your cart is empty. ¦ Ihr Warenkorb ist leer.',
      '%s items; total %s ¦ %s Artikel; Summe %s',
      'Sign in ¦ Anmelden',
    ],
  },
];

/** Files by what is odd about them. */
export const DIALECT_CASES: Readonly<Record<string, readonly DialectCase[]>> = {
  delimiters: DELIMITERS,
  blanks: BLANKS,
  quotes: QUOTES,
  'line ends': LINE_ENDS,
  'lines above the table': ABOVE,
  headers: HEADERS,
  contents: CONTENTS,
};
