import { type ExportShape, NO_SKU } from './export-shape.ts';

const SKU = ['Variant SKU', 'SKU'] as const;
const PRICE = ['Variant Price', 'Price'] as const;
const STATUS = ['Status', 'Published', 'Published on online store'] as const;
const BODY = ['Body (HTML)', 'Description'] as const;

const common = {
  kind: 'products',
  columns: [
    { column: 'sku', from: [SKU] },
    {
      column: 'name',
      from: ['Title'],
      numbered: /^option\d+value$/,
      joinWith: ' - ',
      dropParts: ['default title'],
      needsFirst: true,
    },
    { column: 'price', from: [PRICE] },
    { column: 'description', from: [BODY] },
    {
      column: 'active',
      from: [STATUS],
      values: { active: 'true', unlisted: 'true', draft: 'false', archived: 'false' },
    },
    { column: 'stock', from: [['Variant Inventory Qty', 'Inventory quantity']] },
  ],
  group: { by: ['Handle', 'URL handle'], begins: 'changed', fillDown: ['Title', BODY, STATUS] },
  skip: [
    {
      headers: [SKU, PRICE],
      when: 'blank',
      message: 'the row has neither SKU nor price: it adds a picture to the product above it',
    },
    { headers: [SKU], when: 'blank', message: NO_SKU },
  ],
} satisfies Partial<ExportShape>;

/**
 * Products, one row per variant; rows of one product share its handle, and only the first has its title. The headers of the
 * exports until 2024: 47 columns with the Google Shopping ones, one more since products have a category.
 */
export const shopifyProducts: ExportShape = {
  ...common,
  name: 'shopify-products',
  mustHave: ['Handle', 'Title', 'Variant SKU', 'Variant Price'],
};

/** The same under the headers that product files have had since 2024. */
export const shopifyProductsRenamed: ExportShape = {
  ...common,
  name: 'shopify-products',
  mustHave: ['URL handle', 'Title', 'SKU', 'Price'],
};

/** Customers. Columns of the address have had `Default Address` in front of their names since 2023. */
export const shopifyCustomers: ExportShape = {
  name: 'shopify-customers',
  kind: 'customers',
  mustHave: [
    'First Name',
    'Last Name',
    'Email',
    ['Company', 'Default Address Company'],
    ['Accepts Marketing', 'Accepts Email Marketing', 'Tax Exempt'],
  ],
  columns: [
    { column: 'name', from: ['First Name', 'Last Name'] },
    { column: 'email', from: ['Email'] },
    { column: 'company', from: [['Default Address Company', 'Company']] },
    { column: 'phone', from: ['Phone', 'Default Address Phone'], take: 'first' },
  ],
};

/**
 * Orders, one row per line item; of what is about the whole order only the first row says all. Nothing of the export says which
 * lines of an order were dealt with elsewhere in a way that could be relied on, so all of them count.
 */
export const shopifyOrders: ExportShape = {
  name: 'shopify-orders',
  kind: 'orders',
  mustHave: [
    'Name',
    'Email',
    'Currency',
    'Lineitem quantity',
    'Lineitem name',
    'Lineitem price',
    'Lineitem sku',
  ],
  columns: [
    { column: 'order_number', from: ['Name'] },
    { column: 'email', from: ['Email'] },
    { column: 'sku', from: ['Lineitem sku'] },
    { column: 'quantity', from: ['Lineitem quantity'] },
    { column: 'unit_price', from: ['Lineitem price'] },
    { column: 'currency', from: ['Currency'] },
  ],
  notes: [
    'Every order of the export is worked on, also one that was paid, fulfilled or cancelled in the shop: export only those that are to be.',
    'An order costs what its lines come to: shipping, taxes and discounts of the shop are not added.',
  ],
};
