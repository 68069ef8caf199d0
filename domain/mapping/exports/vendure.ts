import { type ExportShape, NO_SKU } from './export-shape.ts';

/** Products, one row per variant; a row without a name belongs to the product above it. */
export const vendureProducts: ExportShape = {
  name: 'vendure-products',
  kind: 'products',
  mustHave: [/^name(:[a-z]+)?$/, 'sku', 'price', /^optionvalues(:[a-z]+)?$/, 'taxCategory'],
  columns: [
    { column: 'sku', from: ['sku'] },
    {
      column: 'name',
      from: ['name', 'optionValues'],
      translated: true,
      splitAt: '|',
      joinWith: ' - ',
      needsFirst: true,
    },
    { column: 'price', from: ['price'] },
    { column: 'description', from: ['description'], translated: true },
    { column: 'active', from: [['enabled', 'variant:enabled', 'product:enabled']] },
    { column: 'stock', from: ['stockOnHand'] },
  ],
  group: { by: 'name', begins: 'filled', fillDown: ['name', 'description', ['enabled', 'product:enabled']] },
  skip: [{ headers: ['sku'], when: 'blank', message: NO_SKU }],
};
