import type { ExportShape } from './export-shape.ts';

/** Contacts; the id was called `Contact ID` before it became `Record ID`. */
export const hubspotContacts: ExportShape = {
  name: 'hubspot-contacts',
  kind: 'customers',
  mustHave: [['Contact ID', 'Record ID', 'Record ID - Contact'], 'First Name', 'Last Name', 'Email'],
  columns: [
    { column: 'name', from: ['First Name', 'Last Name'] },
    { column: 'email', from: ['Email'] },
    {
      column: 'company',
      from: [
        'Company Name',
        'Company',
        ['Associated Company', 'Primary Company', 'Primary Associated Company'],
      ],
      take: 'first',
    },
    { column: 'phone', from: ['Phone Number', 'Mobile Phone Number'], take: 'first' },
  ],
};
