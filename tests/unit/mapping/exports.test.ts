import { describe, expect, test } from 'vitest';
import { createGroupBoundary, createRecordMapper } from '../../../domain/mapping/map-record.ts';
import { KINDS } from '../../../domain/kinds/index.ts';
import { cellsOf, mapAll, match } from './support.ts';

const GOOGLE =
  'Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,' +
  'Google Shopping / AdWords Grouping,Google Shopping / AdWords Labels,Google Shopping / Condition,' +
  'Google Shopping / Custom Product,Google Shopping / Custom Label 0,Google Shopping / Custom Label 1,' +
  'Google Shopping / Custom Label 2,Google Shopping / Custom Label 3,Google Shopping / Custom Label 4';
const SHOPIFY_TAIL =
  'Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,' +
  'Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,' +
  'Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,' +
  'Image Alt Text,Gift Card,SEO Title,SEO Description,Google Shopping / Google Product Category,' +
  `${GOOGLE},Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item`;
const SHOPIFY_2020 = cellsOf(`Handle,Title,Body (HTML),Vendor,Type,Tags,Published,${SHOPIFY_TAIL}`);
const SHOPIFY_2024 = cellsOf(
  `Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,${SHOPIFY_TAIL},` +
    'Included / International,Price / International,Compare At Price / International,Status',
);
const SHOPIFY_TODAY = cellsOf(
  'Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,' +
    'Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Option2 Linked To,Option3 name,Option3 value,' +
    'Option3 Linked To,Price,Compare-at price,Cost per item,Charge tax,Tax code,Unit price total measure,' +
    'Unit price total measure unit,Unit price base measure,Unit price base measure unit,Inventory tracker,' +
    'Inventory quantity,Continue selling when out of stock,Weight value (grams),Weight unit for display,' +
    'Requires shipping,Fulfillment service,Product image URL,Image position,Image alt text,Variant image URL,Gift card,' +
    `SEO title,SEO description,Google Shopping / Google product category,${GOOGLE}`,
);

describe('products of Shopify', () => {
  test('of 2020: rows of a product share its title, description and state', () => {
    const header = SHOPIFY_2020;
    const found = match('products', header);
    expect(found.mapping.source).toEqual({
      type: 'export',
      name: 'shopify-products',
      export: 'shopify-products',
    });
    const samples = [
      {
        Handle: 'tee',
        Title: 'Linen tee',
        'Body (HTML)': '<p>Soft, <b>light</b></p>',
        Published: 'FALSE',
        'Option1 Value': 'Sand',
        'Option2 Value': 'M',
        'Variant SKU': 'TEE-S-M',
        'Variant Price': '29.00',
        'Variant Inventory Qty': '4',
      },
      {
        Handle: 'tee',
        'Option1 Value': 'Sand',
        'Option2 Value': 'L',
        'Variant SKU': 'TEE-S-L',
        'Variant Price': '31.00',
        'Variant Inventory Qty': '0',
      },
      { Handle: 'tee', 'Image Src': 'https://example.com/tee-2.jpg', 'Image Position': '2' },
      { Handle: 'tee', 'Option1 Value': 'Sky', 'Option2 Value': 'M', 'Variant Price': '31.00' },
      {
        Handle: 'card',
        Title: 'Gift card',
        Published: 'TRUE',
        'Option1 Value': 'Default Title',
        'Variant SKU': 'GIFT',
        'Variant Price': '10.00',
      },
    ];
    expect(mapAll('products', header, samples, found)).toEqual([
      {
        sku: 'TEE-S-M',
        name: 'Linen tee - Sand - M',
        price: '29.00',
        description: '<p>Soft, <b>light</b></p>',
        active: 'FALSE',
        stock: '4',
      },
      {
        sku: 'TEE-S-L',
        name: 'Linen tee - Sand - L',
        price: '31.00',
        description: '<p>Soft, <b>light</b></p>',
        active: 'FALSE',
        stock: '0',
      },
      expect.stringContaining('picture'),
      expect.stringContaining('no SKU'),
      { sku: 'GIFT', name: 'Gift card', price: '10.00', description: '', active: 'TRUE', stock: '' },
    ]);
  });

  test('of 2024: the status decides, and prices of other markets are left alone', () => {
    const header = SHOPIFY_2024;
    const samples = ['active', 'draft', 'Archived', 'unlisted'].map((status, index) => ({
      Handle: `h${String(index)}`,
      Title: 'Bowl',
      Published: 'TRUE',
      Status: status,
      'Option1 Value': 'Default Title',
      'Variant SKU': `B${String(index)}`,
      'Variant Price': '8.50',
      'Price / International': '99.00',
    }));
    const mapped = mapAll('products', header, samples, match('products', header));
    expect(mapped).toMatchObject([
      { name: 'Bowl', price: '8.50', active: 'true' },
      { active: 'false' },
      { active: 'false' },
      { active: 'true' },
    ]);
  });

  test("in today's wording", () => {
    const header = SHOPIFY_TODAY;
    const found = match('products', header);
    expect(found.mapping.source.name).toBe('shopify-products');
    const samples = [
      {
        Title: 'Lamp',
        'URL handle': 'lamp',
        Description: '<p>Warm</p>',
        Status: 'Draft',
        SKU: 'L-1',
        'Option1 value': 'Brass',
        Price: '120.00',
        'Inventory quantity': '3',
      },
      {
        'URL handle': 'lamp',
        SKU: 'L-2',
        'Option1 value': 'Steel',
        Price: '110.00',
        'Inventory quantity': '1',
      },
    ];
    expect(mapAll('products', header, samples, found)).toEqual([
      {
        sku: 'L-1',
        name: 'Lamp - Brass',
        price: '120.00',
        description: '<p>Warm</p>',
        active: 'false',
        stock: '3',
      },
      {
        sku: 'L-2',
        name: 'Lamp - Steel',
        price: '110.00',
        description: '<p>Warm</p>',
        active: 'false',
        stock: '1',
      },
    ]);
  });

  test('have no name made of options where the title of the product is not there', () => {
    const header = SHOPIFY_2020;
    const samples = [
      { Handle: 'a', Title: 'A', 'Option1 Value': 'S', 'Variant SKU': 'A1', 'Variant Price': '1' },
      { Handle: 'b', 'Option1 Value': 'S', 'Variant SKU': 'B1', 'Variant Price': '1' },
    ];
    const [, second] = mapAll('products', header, samples, match('products', header));
    expect(second).toMatchObject({ sku: 'B1', name: '' });
  });

  test('are recognised however the header is written, and with columns of their own', () => {
    const header = [...SHOPIFY_2020.map((name) => name.toUpperCase().replaceAll(' ', '_')), 'Our note'];
    const found = match('products', header);
    expect(found.mapping.source.name).toBe('shopify-products');
    expect(found.ignored.map((one) => one.header)).toContain('Our note');
  });

  test('stop where a column that counts is there twice', () => {
    const { problems } = match('products', [...SHOPIFY_2020, 'Variant Price']);
    expect(problems).toMatchObject([{ code: 'duplicate_columns', columns: ['price'] }]);
    expect(problems[0]?.message).toContain('"Variant Price" (column 20), "Variant Price" (column 48)');
  });
});

describe('customers of Shopify', () => {
  const OLD = cellsOf(
    'First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,Phone,' +
      'Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt',
  );
  const NEW = cellsOf(
    'Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,' +
      'Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,' +
      'Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags',
  );

  test.each([
    ['old', OLD, 'Company'],
    ['new', NEW, 'Default Address Company'],
  ])('in the %s form have one name and a company', (_, header, company) => {
    const found = match('customers', header);
    expect(found.mapping.source.name).toBe('shopify-customers');
    const samples = [
      {
        'First Name': 'Ada',
        'Last Name': 'Byron',
        Email: 'ada@example.com',
        [company]: 'Engines',
        Phone: "'+4420",
      },
      { 'Last Name': 'Club', Email: 'club@example.com', [company]: 'Club' },
    ];
    expect(mapAll('customers', header, samples, found)).toEqual([
      {
        name: 'Ada Byron',
        email: 'ada@example.com',
        company: 'Engines',
        phone: expect.stringContaining('+4420'),
      },
      { name: 'Club', email: 'club@example.com', company: 'Club', phone: '' },
    ]);
  });

  test('take the phone of the address where they have none', () => {
    const samples = [
      { Email: 'a@example.com', Phone: '1', 'Default Address Phone': '2' },
      { Email: 'b@example.com', 'Default Address Phone': '2' },
    ];
    expect(mapAll('customers', NEW, samples, match('customers', NEW))).toMatchObject([
      { phone: '1' },
      { phone: '2' },
    ]);
  });
});

describe('products of WooCommerce', () => {
  const ENGLISH = [
    ...cellsOf('ID,Type,SKU'),
    'GTIN, UPC, EAN, or ISBN',
    ...cellsOf(
      'Name,Published,Is featured?,Visibility in catalog,Short description,Description,Date sale price starts,' +
        'Date sale price ends,Tax status,Tax class,In stock?,Stock,Low stock amount,Backorders allowed?,Sold individually?,' +
        'Weight (kg),Length (cm),Width (cm),Height (cm),Allow customer reviews?,Purchase note,Sale price,Regular price,' +
        'Categories,Tags,Shipping class,Images,Download limit,Download expiry days,Parent,Grouped products,Upsells,' +
        'Cross-sells,External URL,Button text,Position,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 1 global',
    ),
  ];

  test('leave out the parents of variations, groups, and what has no SKU', () => {
    const found = match('products', ENGLISH);
    expect(found.mapping.source.name).toBe('woocommerce-products');
    expect(found.notes.join(' ')).toContain('regular');
    const samples = [
      { Type: 'variable', SKU: 'HOOD', Name: 'Hoodie', Published: '1', 'Attribute 1 value(s)': 'Red, Blue' },
      {
        Type: 'variation',
        SKU: 'HOOD-R',
        Name: 'Hoodie - Red',
        Published: '1',
        'Sale price': '30',
        'Regular price': '40',
        Stock: '7',
        Parent: 'HOOD',
      },
      {
        Type: 'variation, virtual',
        SKU: 'HOOD-B',
        Name: 'Hoodie - Blue',
        Published: '0',
        'Regular price': '40',
        Stock: 'parent',
      },
      {
        Type: 'simple',
        SKU: 'CAP',
        Name: 'Cap',
        Published: "'-1",
        'Regular price': '12',
        Description: 'A cap',
      },
      { Type: 'grouped', SKU: 'SET', Name: 'Set', Published: '1' },
      { Type: 'simple', Name: 'No number', Published: '1', 'Regular price': '1' },
    ];
    expect(mapAll('products', ENGLISH, samples, found)).toEqual([
      expect.stringContaining('parent of variations'),
      { sku: 'HOOD-R', name: 'Hoodie - Red', price: '40', description: '', active: 'true', stock: '7' },
      { sku: 'HOOD-B', name: 'Hoodie - Blue', price: '40', description: '', active: 'false', stock: '' },
      { sku: 'CAP', name: 'Cap', price: '12', description: 'A cap', active: 'false', stock: '' },
      expect.stringContaining('group of products'),
      expect.stringContaining('no SKU'),
    ]);
  });

  test.each([
    [
      'German',
      'ID,Typ,Artikelnummer,Name,Veröffentlicht,Kurzbeschreibung,Beschreibung,Vorrätig?,Lager,Angebotspreis,Regulärer Preis',
      ['Typ', 'Artikelnummer', 'Name', 'Veröffentlicht', 'Regulärer Preis'],
    ],
    [
      'French',
      'ID,Type,UGS,Nom,Publié,Description courte,Description,En stock ?,Stock,Tarif promo,Tarif régulier',
      ['Type', 'UGS', 'Nom', 'Publié', 'Tarif régulier'],
    ],
    [
      'Spanish',
      'ID,Tipo,SKU,Nombre,Publicado,Descripción corta,Descripción,¿En inventario?,Inventario,Precio rebajado,Precio normal',
      ['Tipo', 'SKU', 'Nombre', 'Publicado', 'Precio normal'],
    ],
  ])('are recognised in %s', (_, line, names) => {
    const header = cellsOf(line);
    const [type = '', sku = '', name = '', published = '', price = ''] = names;
    const samples = [
      { [type]: 'variable', [sku]: 'P', [name]: 'Parent' },
      { [type]: 'simple', [sku]: 'A', [name]: 'Vase', [published]: '-1', [price]: '5,50' },
    ];
    expect(mapAll('products', header, samples, match('products', header))).toMatchObject([
      expect.stringContaining('parent'),
      { sku: 'A', name: 'Vase', price: '5,50', active: 'false' },
    ]);
  });
});

describe('contacts of HubSpot', () => {
  test.each(['Contact ID', 'Record ID', 'Record ID - Contact'])('with %s', (id) => {
    const header = cellsOf(
      `${id},First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Company Name,Associated Company`,
    );
    const found = match('customers', header);
    expect(found.mapping.source.name).toBe('hubspot-contacts');
    const samples = [
      {
        'First Name': 'Grace',
        'Last Name': 'Hopper',
        Email: 'g@example.com',
        'Phone Number': '1',
        'Company Name': 'Navy',
      },
      { 'First Name': 'Jean', Email: 'j@example.com', 'Associated Company': 'Army' },
    ];
    expect(mapAll('customers', header, samples, found)).toEqual([
      { name: 'Grace Hopper', email: 'g@example.com', company: 'Navy', phone: '1' },
      { name: 'Jean', email: 'j@example.com', company: 'Army', phone: '' },
    ]);
  });

  test('say that no company is in the file', () => {
    const { problems } = match('customers', cellsOf('Record ID,First Name,Last Name,Email,Phone Number'));
    expect(problems).toMatchObject([{ code: 'missing_columns', columns: ['company'] }]);
  });
});

describe('products of Medusa', () => {
  const PRODUCT =
    'Product Id,Product Handle,Product Title,Product Subtitle,Product Description,Product Status,Product Thumbnail,' +
    'Product Weight,Product Length,Product Width,Product Height,Product HS Code,Product Origin Country,Product MID Code,Product Material';
  const VARIANT =
    'Variant Id,Variant Title,Variant SKU,Variant Barcode,Variant Allow Backorder,Variant Manage Inventory,Variant Weight,' +
    'Variant Length,Variant Width,Variant Height,Variant HS Code,Variant Origin Country,Variant MID Code,Variant Material';
  const V2 = cellsOf(
    `${PRODUCT},Shipping Profile Id,Product Sales Channel 1,Product Collection Id,Product Type Id,Product Tag 1,` +
      `Product Discountable,Product External Id,${VARIANT},Variant Price EUR,Variant Price USD,` +
      'Variant Option 1 Name,Variant Option 1 Value,Product Image 1 Url,Product Image 2 Url',
  );
  const V1 = cellsOf(
    `${PRODUCT},Product Collection Title,Product Collection Handle,Product Type,Product Tags,Product Discountable,` +
      'Product External Id,Product Profile Name,Product Profile Type,Variant Inventory Quantity,' +
      `${VARIANT},Price EUR,Price USD,Option 1 Name,Option 1 Value,Image 1 Url,Image 2 Url`,
  );
  const sample = {
    'Product Handle': 'mug',
    'Product Title': 'Mug',
    'Product Description': 'Holds tea',
    'Product Status': 'published',
    'Variant SKU': 'MUG-1',
  };

  test('of version 2 take the price in the currency of the system', () => {
    const samples = [
      {
        ...sample,
        'Variant Option 1 Value': 'One Size',
        'Variant Price EUR': '10',
        'Variant Price USD': '12',
      },
      { ...sample, 'Product Status': 'draft', 'Variant SKU': '', 'Variant Price EUR': '10' },
    ];
    const found = match('products', V2, { currency: 'eur' });
    expect(found.mapping.source.name).toBe('medusa-products');
    expect(mapAll('products', V2, samples, found)).toEqual([
      {
        sku: 'MUG-1',
        name: 'Mug - One Size',
        price: '10',
        description: 'Holds tea',
        active: 'true',
        stock: null,
      },
      expect.stringContaining('no SKU'),
    ]);
    const dollars = match('products', V2, { currency: 'USD' });
    expect(mapAll('products', V2, samples, dollars)[0]).toMatchObject({ price: '12' });
  });

  test('with several prices say so where no currency is set, and with none in it', () => {
    const undecided = match('products', V2).problems;
    expect(undecided).toMatchObject([{ code: 'ambiguous_columns', columns: ['price'] }]);
    expect(undecided[0]?.message).toContain('"Variant Price EUR", "Variant Price USD"');
    expect(undecided[0]?.message).toContain('{"price":"Variant Price EUR"}');
    const none = match('products', V2, { currency: 'GBP' }).problems;
    expect(none[0]?.message).toContain('no price in GBP');
  });

  test('with one price need no currency', () => {
    const header = V2.filter((name) => name !== 'Variant Price USD');
    const samples = [{ ...sample, 'Variant Price EUR': '10.5' }];
    expect(mapAll('products', header, samples, match('products', header))).toMatchObject([{ price: '10.5' }]);
  });

  test('prefer the price of a currency to that of a region', () => {
    const header = [...V2, 'Variant Price Europe [EUR]'];
    const found = match('products', header, { currency: 'EUR' });
    const samples = [{ ...sample, 'Variant Price EUR': '10', 'Variant Price Europe [EUR]': '11' }];
    expect(mapAll('products', header, samples, found)).toMatchObject([{ price: '10' }]);
    const regions = ['Variant Price Europe [EUR]', 'Variant Price Ireland [EUR]'];
    const several = [...V2.filter((name) => !name.startsWith('Variant Price')), ...regions];
    expect(match('products', several, { currency: 'EUR' }).problems).toMatchObject([
      { code: 'ambiguous_columns' },
    ]);
  });

  test('of version 1 have prices in cents', () => {
    const found = match('products', V1, { currency: 'EUR' });
    expect(found.mapping.source.name).toBe('medusa-products-v1');
    const prices = ['1990', '5', '1990.5', '19,90', ''];
    const samples = prices.map((price) => ({
      ...sample,
      'Option 1 Value': 'Default Option Value',
      'Price EUR': price,
      'Variant Inventory Quantity': '100',
    }));
    const mapped = mapAll('products', V1, samples, found);
    expect(mapped[0]).toMatchObject({ name: 'Mug', price: '19.90', stock: '100' });
    expect(mapped.map((row) => (typeof row === 'string' ? row : row.price))).toEqual([
      '19.90',
      '0.05',
      '19.905',
      '19,90 (in minor units)',
      '',
    ]);
  });

  test('of version 1 are in cents also where the caller chose the price, and in whole yen', () => {
    const chosen = match('products', V1, { given: { price: 'Price USD' } });
    expect(mapAll('products', V1, [{ ...sample, 'Price USD': '1200' }], chosen)).toMatchObject([
      { price: '12.00' },
    ]);
    const header = V1.map((name) => (name === 'Price USD' ? 'Price JPY' : name));
    const yen = match('products', header, { currency: 'JPY' });
    expect(mapAll('products', header, [{ ...sample, 'Price JPY': '1200' }], yen)).toMatchObject([
      { price: '1200' },
    ]);
  });
});

describe('products of Spree', () => {
  const rest =
    'description,meta_title,meta_description,meta_keywords,tags,labels,price,compare_at_price,currency,width,height,depth,' +
    'dimensions_unit,weight,weight_unit,available_on,discontinue_on';
  const options =
    'option1_name,option1_value,option2_name,option2_value,option3_name,option3_value,category1,category2,category3';
  const V50 = cellsOf(
    `product_id,name,slug,status,vendor_name,brand_name,${rest.replace('labels', 'labels,variant_id,variant_sku')},` +
      `inventory_count,inventory_backorderable,tax_category,digital,image1_src,image2_src,image3_src,${options}`,
  );
  const V51 = cellsOf(
    `product_id,sku,name,slug,status,vendor_name,brand_name,${rest},track_inventory,inventory_count,` +
      `inventory_backorderable,tax_category,shipping_category,image1_src,image2_src,image3_src,${options}`,
  );
  const NEWEST = cellsOf(
    `product_id,sku,name,slug,status,seller_name,${rest},track_inventory,inventory_count,inventory_backorderable,` +
      `stock_location,tax_category,product_type,image1_src,image2_src,image3_src,${options}`,
  );
  const TEMPLATE = cellsOf(
    'slug,sku,name,price,compare_at_price,currency,status,description,meta_title,meta_description,meta_keywords,tags,' +
      'tax_category,shipping_category,category1,option1_name,option1_value,option2_name,option2_value,image1_src,width,height,' +
      'depth,dimensions_unit,weight,weight_unit,available_on,discontinue_on,inventory_count,inventory_backorderable,' +
      'track_inventory,metafield.properties.voltage',
  );

  test.each([
    ['5.0', V50, 'variant_sku', true],
    ['5.1', V51, 'sku', false],
    ['the newest', NEWEST, 'sku', false],
  ])('of %s', (_, header, sku, firstSlugOnly) => {
    const found = match('products', header, { currency: 'USD' });
    expect(found.mapping.source.name).toBe('spree-products');
    const samples = [
      {
        product_id: '1',
        name: 'Kettle',
        slug: 'kettle',
        status: 'draft',
        description: 'Boils',
        [sku]: 'K-W',
        price: '44.99',
        currency: 'USD',
        inventory_count: '∞',
        option1_value: 'White',
      },
      {
        product_id: '1',
        slug: firstSlugOnly ? '' : 'kettle',
        [sku]: 'K-B',
        price: '45.99',
        currency: 'USD',
        inventory_count: '3',
        option1_value: 'Black',
      },
      { slug: 'kettle', [sku]: 'K-B', price: '41.00', currency: 'EUR' },
      {
        product_id: '2',
        name: 'Toaster',
        slug: 'toaster',
        status: 'active',
        [sku]: 'T',
        price: '1',
        currency: 'EUR',
      },
    ];
    expect(mapAll('products', header, samples, found)).toEqual([
      {
        sku: 'K-W',
        name: 'Kettle - White',
        price: '44.99',
        description: 'Boils',
        active: 'false',
        stock: '',
      },
      {
        sku: 'K-B',
        name: 'Kettle - Black',
        price: '45.99',
        description: 'Boils',
        active: 'false',
        stock: '3',
      },
      expect.stringContaining('another currency'),
      expect.stringContaining('another currency than USD'),
    ]);
  });

  test('in the template: the row of the product lends its name and has no SKU', () => {
    const samples = [
      { slug: 'blender', name: 'Blender', price: '0', status: 'active' },
      { slug: 'blender', sku: 'BL-1', price: '49.99', option1_value: 'Mint', inventory_count: '5' },
      { slug: 'mixer', sku: 'MX', name: 'Mixer', price: '20', status: 'archived' },
    ];
    const found = match('products', TEMPLATE);
    expect(found.notes.join(' ')).toContain('currency');
    expect(mapAll('products', TEMPLATE, samples, found)).toMatchObject([
      expect.stringContaining('no SKU'),
      { sku: 'BL-1', name: 'Blender - Mint', price: '49.99', active: 'true', stock: '5' },
      { sku: 'MX', name: 'Mixer', active: 'false' },
    ]);
  });
});

describe('products of Vendure', () => {
  const HEADER = cellsOf(
    'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets,enabled',
  );
  const samples = [
    {
      name: 'Ring',
      slug: 'ring',
      description: 'Gold',
      optionValues: 'White|6',
      sku: 'R-W6',
      price: '1899.00',
      stockOnHand: '2',
    },
    { optionValues: 'Rose|7', sku: 'R-R7', price: '1799.00', stockOnHand: '1' },
    { name: 'Chain', slug: 'chain', sku: 'C', price: '5', enabled: 'false' },
    { sku: '', price: '5' },
  ];

  test('take the name from the row above', () => {
    const found = match('products', HEADER);
    expect(found.mapping.source.name).toBe('vendure-products');
    expect(mapAll('products', HEADER, samples, found)).toEqual([
      {
        sku: 'R-W6',
        name: 'Ring - White - 6',
        price: '1899.00',
        description: 'Gold',
        active: '',
        stock: '2',
      },
      { sku: 'R-R7', name: 'Ring - Rose - 7', price: '1799.00', description: 'Gold', active: '', stock: '1' },
      { sku: 'C', name: 'Chain', price: '5', description: '', active: 'false', stock: '' },
      expect.stringContaining('no SKU'),
    ]);
  });

  test('take nothing from above a row that could not be read', () => {
    const { mapping } = match('products', HEADER);
    const mapper = createRecordMapper(mapping, KINDS.products);
    const row = (sample: Record<string, string>): string[] => HEADER.map((name) => sample[name] ?? '');
    mapper.map(row(samples[0]!));
    mapper.passOver();
    expect(mapper.map(row(samples[1]!)).values.slice(0, 2)).toEqual(['R-R7', '']);
  });

  test('in one language and in several', () => {
    const one = HEADER.map((name) =>
      ['name', 'description', 'optionValues'].includes(name) ? `${name}:de` : name,
    );
    const translated = { 'name:de': 'Ring', 'optionValues:de': 'Rosé', sku: 'R', price: '1' };
    expect(mapAll('products', one, [translated], match('products', one))).toMatchObject([
      { name: 'Ring - Rosé' },
    ]);
    const several = [...one, 'name:en', 'optionValues:en'];
    const { problems } = match('products', several);
    expect(problems).toMatchObject([{ code: 'ambiguous_columns', columns: ['name'] }]);
    expect(problems[0]?.message).toContain('{"name":"name:de"}');
    expect(match('products', several, { given: { name: 'name:de' } }).problems).toEqual([]);
  });
});

describe('groups of rows', () => {
  test('begin where the product changes, or wherever a name stands', () => {
    const shopify = createGroupBoundary(match('products', SHOPIFY_2020).mapping)!;
    const handles = ['a', 'a', ' a', 'b', '', '', 'b'].map((handle) => [handle]);
    expect(handles.map((cells) => shopify(cells))).toEqual([true, false, false, true, true, true, true]);
    const header = ['name', 'optionValues', 'sku', 'price', 'taxCategory'];
    const vendure = createGroupBoundary(match('products', header).mapping)!;
    expect(['a', '', 'a', ' '].map((name) => vendure([name]))).toEqual([true, false, true, false]);
    expect(createGroupBoundary(match('products', ['sku', 'name', 'price']).mapping)).toBeNull();
  });
});
