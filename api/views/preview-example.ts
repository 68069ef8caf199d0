import type { Preview } from '../../contracts/http/preview.ts';

/** For the API document. */
export const previewExample: Preview = {
  kind: 'products',
  kindConfidence: 1,
  container: 'csv',
  compression: null,
  sheet: null,
  sheets: [],
  encoding: 'windows-1252',
  encodingConfidence: 0.9,
  dialect: { delimiter: ';', quote: '"', escape: '"', skipBlanks: false, lineEnd: 'crlf' },
  dialectConfidence: 0.97,
  headerLine: 3,
  headerConfidence: 1,
  alternatives: [],
  header: ['Artikelnummer', 'Bezeichnung', 'Preis', 'Lager'],
  columns: [
    { position: 1, header: 'Artikelnummer', column: 'sku' },
    { position: 2, header: 'Bezeichnung', column: 'name' },
    { position: 3, header: 'Preis', column: 'price' },
    { position: 4, header: 'Lager', column: null },
  ],
  mapping: {
    source: 'columns',
    name: null,
    columns: { sku: [1], name: [2], price: [3] },
    matches: [{ column: 'price', headers: ['Preis'], confidence: 0.8 }],
  },
  suggestedMapping: null,
  ignoredColumns: [{ position: 4, header: 'Lager', resembles: null }],
  numberFormats: { price: 'comma' },
  rows: [
    {
      row: 1,
      line: 4,
      outcome: 'pending',
      cells: ['SKU-1', 'Tasse', '1.234,50', 'Nord'],
      values: { sku: 'SKU-1', name: 'Tasse', price: '1234.50', description: null, active: null, stock: null },
      errors: [],
    },
  ],
  clearedCells: 0,
  problems: [],
  notes: [],
  isWhole: true,
};
