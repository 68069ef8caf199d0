import type { ExportShape } from './export-shape.ts';
import { hubspotContacts } from './hubspot.ts';
import { medusaProducts, medusaProductsV1 } from './medusa.ts';
import { shopifyCustomers, shopifyOrders, shopifyProducts, shopifyProductsRenamed } from './shopify.ts';
import { spreeProducts } from './spree.ts';
import { vendureProducts } from './vendure.ts';
import { woocommerceProducts } from './woocommerce.ts';

/** Every export that is recognised. The first that fits counts, so the more special one stands first. */
export const EXPORTS: readonly ExportShape[] = [
  shopifyProducts,
  shopifyProductsRenamed,
  woocommerceProducts,
  medusaProductsV1,
  medusaProducts,
  spreeProducts,
  vendureProducts,
  shopifyOrders,
  shopifyCustomers,
  hubspotContacts,
];
