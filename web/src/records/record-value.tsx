import Box from '@mui/material/Box';
import { formatCount, formatDecimal } from '../ui/format.ts';
import { type AnyRecord, type Field, type KindView, valueOf } from './kinds.ts';
import type { FieldText, FieldTexts } from './rebase.ts';

/** @returns a value as people read it; '' where there is none */
export function textOfValue(type: Field['type'], value: unknown): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'number') return formatCount(value);
  if (typeof value !== 'string') return '';
  return type === 'decimal' && /^-?\d+(\.\d+)?$/.test(value) ? formatDecimal(value) : value;
}

/** @returns what the fields of a form say of a record, or of a new one */
export function textsOf({ fields }: KindView, record: AnyRecord | null): FieldTexts {
  return Object.fromEntries(
    fields.map(({ name, type, initial }): [string, FieldText] => {
      const value = record === null ? initial : valueOf(record, name);
      if (type === 'boolean') return [name, value === true];
      return [name, typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''];
    }),
  );
}

/** A value of a record. */
export function RecordValue({ type, value }: { type: Field['type']; value: unknown }) {
  const text = textOfValue(type, value);
  if (text !== '') return <>{text}</>;
  return (
    <Box component="span" sx={{ color: 'text.secondary' }} aria-label="empty">
      –
    </Box>
  );
}
