import { type ExportShape, NO_SKU } from './export-shape.ts';

const SKU = ['sku', 'variant_sku'] as const;

/**
 * Products, one row per variant; only the first row of a product has its name. Exports carry the product's id on each of these,
 * files made by hand its slug. Newer versions add rows for prices in further currencies and for stock at further places, which
 * have neither id nor name.
 */
export const spreeProducts: ExportShape = {
  name: 'spree-products',
  kind: 'products',
  mustHave: ['slug', 'name', 'status', 'price', 'compare_at_price', 'inventory_count', SKU],
  columns: [
    { column: 'sku', from: [SKU] },
    {
      column: 'name',
      from: ['name'],
      numbered: /^option\d+value$/,
      joinWith: ' - ',
      needsFirst: true,
    },
    { column: 'price', from: ['price'] },
    { column: 'description', from: ['description'] },
    {
      column: 'active',
      from: ['status'],
      values: { active: 'true', draft: 'false', paused: 'false', archived: 'false' },
    },
    { column: 'stock', from: ['inventory_count'], values: { '∞': '' } },
  ],
  currency: 'currency',
  group: { by: ['product_id', 'slug'], begins: 'changed', fillDown: ['name', 'description', 'status'] },
  skip: [
    {
      headers: ['product_id'],
      when: 'blank',
      message:
        'the row adds a price in another currency, or stock at another place, to a product of its own row',
    },
    { headers: [SKU], when: 'blank', message: NO_SKU },
  ],
  notes: ['Stock without an end (∞) is blank: new products get 0, others keep theirs.'],
};
