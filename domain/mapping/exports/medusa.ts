import { type ExportShape, NO_SKU } from './export-shape.ts';

const common = {
  kind: 'products',
  skip: [{ headers: ['Variant SKU'], when: 'blank', message: NO_SKU }],
} satisfies Partial<ExportShape>;

const sku = { column: 'sku', from: ['Variant SKU'] };
const description = { column: 'description', from: ['Product Description'] };
const active = {
  column: 'active',
  from: ['Product Status'],
  values: { published: 'true', draft: 'false', proposed: 'false', rejected: 'false' },
};
const stock = { column: 'stock', from: ['Variant Inventory Quantity'] };
/** What a product without options has in their place. */
const NO_OPTION = ['default option value', 'default variant', 'default value'];

/** Products of version 2, one row per variant; prices as they are spoken of. */
export const medusaProducts: ExportShape = {
  ...common,
  name: 'medusa-products',
  mustHave: ['Product Handle', 'Product Title', 'Variant SKU'],
  columns: [
    sku,
    {
      column: 'name',
      from: ['Product Title'],
      numbered: /^variantoption\d+value$/,
      joinWith: ' - ',
      dropParts: NO_OPTION,
      needsFirst: true,
    },
    description,
    active,
    stock,
  ],
  prices: { patterns: [/^variantprice([a-z]{3})$/, /^variantprice.*\[([a-z]{3})\]$/], inMinorUnits: false },
};

/** Products of version 1: other headers for options and prices, and prices in cents. */
export const medusaProductsV1: ExportShape = {
  ...common,
  name: 'medusa-products-v1',
  mustHave: ['Product Handle', 'Product Title', 'Variant SKU', /^price([a-z]{3}|.*\[[a-z]{3}\])$/],
  columns: [
    sku,
    {
      column: 'name',
      from: ['Product Title'],
      numbered: /^option\d+value$/,
      joinWith: ' - ',
      dropParts: NO_OPTION,
      needsFirst: true,
    },
    description,
    active,
    stock,
  ],
  prices: { patterns: [/^price([a-z]{3})$/, /^price.*\[([a-z]{3})\]$/], inMinorUnits: true },
  notes: ['Prices are read as amounts in the smallest unit of their currency: 1990 in EUR is 19.90.'],
};
