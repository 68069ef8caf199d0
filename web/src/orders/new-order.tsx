import { mdiMinusCircleOutline, mdiPlus } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { newId } from '../client/new-id.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import type { Order } from './words.ts';

interface Line {
  id: string;
  sku: string;
  qty: string;
  unitPrice: string;
}

interface NewOrderProps {
  onClose: () => void;
  onCreated: (order: Order) => void;
}

/** Orders by hand. */
export function NewOrder({ onClose, onCreated }: NewOrderProps) {
  const [key] = useState(newId);
  const [lines, setLines] = useState<readonly Line[]>(() => [newLine()]);
  const [fields, setFields] = useState({ orderId: '', email: '', token: '', service: '' });
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      bodyOf<Order>(
        api.POST('/api/orders', {
          params: { header: { 'Idempotency-Key': key } },
          body: toBody(fields, lines),
        }),
      ),
    onSuccess: onCreated,
  });
  const field = (name: keyof typeof fields, label: string) => (
    <TextField
      label={label}
      value={fields[name]}
      autoComplete="off"
      onChange={(event) => {
        const { value } = event.target;
        setFields((before) => ({ ...before, [name]: value }));
      }}
    />
  );
  const changeLine = (id: string, change: Partial<Line>) => {
    setLines((before) => before.map((line) => (line.id === id ? { ...line, ...change } : line)));
  };
  return (
    <FormDialog
      title="New order"
      submit="Order"
      isBusy={isPending}
      error={isPending ? null : error}
      onSubmit={mutate}
      onClose={onClose}
    >
      <Box component="fieldset" sx={{ border: 0, p: 0, m: 0, display: 'grid', gap: 1.5, minWidth: 0 }}>
        <Box component="legend" sx={{ color: 'text.secondary', mb: 1 }}>
          Items. Without a price that of the product counts.
        </Box>
        {lines.map((line, index) => (
          <Box key={line.id} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
            <TextField
              label="SKU"
              required
              autoFocus={index === lines.length - 1}
              value={line.sku}
              onChange={(event) => {
                changeLine(line.id, { sku: event.target.value });
              }}
              sx={{ flex: { xs: '1 1 100%', sm: '2 1 0' } }}
            />
            <TextField
              label="Pieces"
              required
              value={line.qty}
              onChange={(event) => {
                changeLine(line.id, { qty: event.target.value });
              }}
              sx={{ flex: '1 1 0', minWidth: 90 }}
              slotProps={{ htmlInput: { inputMode: 'numeric' } }}
            />
            <TextField
              label="Price"
              value={line.unitPrice}
              onChange={(event) => {
                changeLine(line.id, { unitPrice: event.target.value });
              }}
              sx={{ flex: '1 1 0', minWidth: 90 }}
              slotProps={{ htmlInput: { inputMode: 'decimal' } }}
            />
            <IconButton
              aria-label={`Take item ${String(index + 1)} away`}
              disabled={lines.length === 1}
              onClick={() => {
                setLines((before) => before.filter(({ id }) => id !== line.id));
              }}
            >
              <Icon path={mdiMinusCircleOutline} />
            </IconButton>
          </Box>
        ))}
        <div>
          <Button
            startIcon={<Icon path={mdiPlus} />}
            onClick={() => {
              setLines((before) => [...before, newLine()]);
            }}
          >
            Another item
          </Button>
        </div>
      </Box>
      {field('orderId', 'Id of the order (or a new one)')}
      {field('email', 'E-mail')}
      {field('token', 'Payment token')}
      {field('service', 'Shipping service')}
    </FormDialog>
  );
}

function newLine(): Line {
  return { id: newId(), sku: '', qty: '1', unitPrice: '' };
}

type Fields = Record<'orderId' | 'email' | 'token' | 'service', string>;

/** What is left empty is left out. The API judges the rest. */
function toBody(fields: Fields, lines: readonly Line[]): Schemas['NewOrder'] {
  const [orderId, email, token, service] = [fields.orderId, fields.email, fields.token, fields.service].map(
    (text) => text.trim(),
  );
  return {
    items: lines.map(({ sku, qty, unitPrice }) => ({
      sku: sku.trim(),
      qty: Number(qty),
      ...(unitPrice.trim() === '' ? {} : { unitPrice: unitPrice.trim() }),
    })),
    ...(orderId ? { orderId } : {}),
    ...(email ? { email } : {}),
    ...(token ? { payment: { token } } : {}),
    ...(service ? { shipping: { service } } : {}),
  };
}
