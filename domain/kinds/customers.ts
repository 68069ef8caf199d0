import type { Kind } from './kind.ts';

export const customers: Kind = {
  name: 'customers',
  singular: 'customer',
  table: 'customers',
  keyColumn: 'email',
  keyField: 'email_key',
  columns: [
    {
      name: 'name',
      type: 'text',
      required: true,
      maxLength: 500,
      aliases: ['fullname', 'customername'],
      example: 'Ada Lovelace',
    },
    {
      name: 'email',
      type: 'email',
      required: true,
      maxLength: 254,
      aliases: ['emailaddress', 'mail'],
      example: 'ada@example.com',
    },
    {
      name: 'company',
      type: 'text',
      required: true,
      maxLength: 500,
      aliases: ['companyname', 'organisation', 'organization'],
      example: 'Analytical Engines',
    },
    {
      name: 'phone',
      type: 'text',
      required: false,
      maxLength: 64,
      aliases: ['phonenumber', 'telephone', 'tel'],
      example: '+44 20 7946 0000',
    },
  ],
};
