import { type ExportShape, NO_SKU } from './export-shape.ts';

// Headers are written in the language of the shop: English, German, French, Spanish.
const TYPE = ['Type', 'Typ', 'Tipo'] as const;
const SKU = ['SKU', 'Artikelnummer', 'UGS'] as const;
const NAME = ['Name', 'Nom', 'Nombre'] as const;
const PUBLISHED = ['Published', 'Veröffentlicht', 'Publié', 'Publicado'] as const;
const PRICE = ['Regular price', 'Regulärer Preis', 'Tarif régulier', 'Precio normal'] as const;
const DESCRIPTION = ['Description', 'Beschreibung', 'Descripción'] as const;
const STOCK = ['Stock', 'Lager', 'Lagerbestand', 'Bestand', 'Inventario'] as const;

/** A type with the marks that may follow it. */
const withMarks = (type: string): string[] => [
  type,
  `${type}, downloadable`,
  `${type}, virtual`,
  `${type}, downloadable, virtual`,
];

/**
 * Products, one row each and one per variation, whose name carries the values of its attributes. Parents of variations and
 * groups have no price of their own.
 */
export const woocommerceProducts: ExportShape = {
  name: 'woocommerce-products',
  kind: 'products',
  mustHave: [TYPE, SKU, NAME, PUBLISHED, PRICE],
  columns: [
    { column: 'sku', from: [SKU] },
    { column: 'name', from: [NAME] },
    { column: 'price', from: [PRICE] },
    { column: 'description', from: [DESCRIPTION] },
    // 0 is private, -1 a draft; its exporter puts an apostrophe in front of signs.
    {
      column: 'active',
      from: [PUBLISHED],
      values: { '1': 'true', '0': 'false', '-1': 'false', "'-1": 'false' },
    },
    { column: 'stock', from: [STOCK], values: { parent: '' } },
  ],
  skip: [
    {
      headers: [TYPE],
      when: { in: ['variable', 'variable-subscription'].flatMap(withMarks) },
      message: 'the row is the parent of variations, each of which is a product here',
    },
    {
      headers: [TYPE],
      when: { in: withMarks('grouped') },
      message: 'the row is a group of products, each of which has a row of its own',
    },
    { headers: [SKU], when: 'blank', message: NO_SKU },
  ],
  notes: [
    'The price is the regular one; sale prices are not imported.',
    'Stock that WooCommerce does not count, or counts for all variations together, is blank: new products get 0, others keep theirs.',
  ],
};
