import { MAX_ORDER_QUANTITY } from '../orders/new-order.ts';
import type { SpecialKind } from './kind.ts';

/** Orders, a row for each line. What stands in one line about all of the order is blank in the others, or the same. */
export const orders: SpecialKind = {
  name: 'orders',
  singular: 'order',
  applies: 'orders',
  keyColumn: 'order_number',
  keyForm: 'exact',
  rowsTogether: { fillDown: ['order_number'] },
  personColumn: 'email',
  // What was ordered is not changed by a file.
  modes: ['create'],
  // Each order tells of itself.
  notify: ['summary', 'none'],
  notes: [
    'Rows with the same order_number are the lines of one order, wherever they stand. An order goes in whole or not at all, and is worked on at once: stock is reserved, the payment is taken, the goods are shipped.',
  ],
  columns: [
    {
      name: 'order_number',
      type: 'order_number',
      required: true,
      maxLength: 64,
      aliases: [
        ...['Order no', 'Order ID', 'Order', 'Order reference', 'Order ref', 'Order name', 'Order code'],
        ...['Bestellnummer', 'Bestell-Nr.', 'Auftragsnummer', 'Auftrags-Nr.', 'Auftrag'],
        ...['Numéro de commande', 'N° de commande', 'Commande', 'Référence commande'],
        ...['Número de pedido', 'Pedido', 'Numero ordine', "Numero d'ordine", 'Ordine'],
        ...['Bestelnummer', 'Ordernummer'],
      ],
      example: 'shop-1001',
    },
    {
      name: 'email',
      type: 'email',
      required: false,
      maxLength: 254,
      aliases: [
        ...['Email address', 'Customer email', 'Contact email', 'Billing email', 'Mail'],
        ...['E-Mail-Adresse', 'Adresse e-mail', 'Courriel', 'Correo electrónico', 'Indirizzo e-mail'],
        'E-mailadres',
      ],
      example: 'ada@example.com',
    },
    {
      name: 'sku',
      type: 'text',
      required: true,
      maxLength: 200,
      aliases: [
        ...['Product SKU', 'Item SKU', 'Line SKU', 'Line item SKU', 'Variant SKU', 'SKU code'],
        ...['Article number', 'Item number', 'Item code', 'Product number', 'Product code', 'Part number'],
        ...['Artikelnummer', 'Artikel-Nr.', 'Art.-Nr.', 'Référence article', 'Code article'],
        ...['Código de artículo', 'Codice articolo', 'Productcode'],
      ],
      example: 'SKU-1',
    },
    {
      name: 'quantity',
      type: 'integer',
      required: true,
      min: 1,
      max: MAX_ORDER_QUANTITY,
      aliases: [
        ...[
          'Qty',
          'Item quantity',
          'Line quantity',
          'Line item quantity',
          'Ordered quantity',
          'Pieces',
          'Units',
        ],
        ...['Menge', 'Anzahl', 'Stückzahl', 'Quantité', 'Qté', 'Cantidad', 'Quantità', 'Aantal'],
      ],
      example: '2',
    },
    {
      name: 'unit_price',
      type: 'decimal',
      required: false,
      aliases: [
        ...['Price', 'Item price', 'Line price', 'Line item price', 'Price each', 'Price per unit'],
        ...['Einzelpreis', 'Stückpreis', 'Preis', 'Prix unitaire', 'Prix', 'Precio unitario', 'Precio'],
        ...['Prezzo unitario', 'Prezzo', 'Stukprijs', 'Prijs'],
      ],
      example: '10.00',
    },
    {
      name: 'currency',
      type: 'currency',
      required: false,
      aliases: [
        ...['Currency code', 'Order currency', 'Währung', 'Devise', 'Monnaie', 'Moneda', 'Divisa', 'Valuta'],
        'Munt',
      ],
      example: 'EUR',
    },
  ],
};
