import type { Kind } from './kind.ts';

export const products: Kind = {
  name: 'products',
  singular: 'product',
  table: 'products',
  keyColumn: 'sku',
  keyField: 'sku_key',
  columns: [
    {
      name: 'sku',
      type: 'text',
      required: true,
      maxLength: 255,
      aliases: ['productsku', 'articlenumber', 'itemnumber'],
      example: 'SKU-1',
    },
    {
      name: 'name',
      type: 'text',
      required: true,
      maxLength: 500,
      aliases: ['productname', 'title'],
      example: 'Blue mug',
    },
    { name: 'price', type: 'decimal', required: true, aliases: ['unitprice'], example: '19.90' },
    {
      name: 'description',
      type: 'text',
      required: false,
      maxLength: 50_000,
      aliases: ['productdescription'],
      example: 'Holds 300 ml',
    },
    {
      name: 'active',
      type: 'boolean',
      required: false,
      default: 'true',
      aliases: ['isactive', 'enabled'],
      example: 'true',
    },
    {
      name: 'stock',
      type: 'integer',
      required: false,
      default: '0',
      aliases: ['stockonhand', 'quantityonhand', 'inventory'],
      example: '25',
    },
  ],
};
