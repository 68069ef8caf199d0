import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { fieldErrorsOf } from '../client/problem.ts';
import { ErrorNote } from '../ui/states.tsx';

type Row = Schemas['Row'];

interface RepairRowProps {
  jobId: string;
  row: Row;
  onRepaired: (row: Row) => void;
  onClose: () => void;
}

/** A rejected row with a field for each column, those that break a rule first to be mended. */
export function RepairRow({ jobId, row, onRepaired, onClose }: RepairRowProps) {
  const before = Object.fromEntries(
    Object.entries(row.values ?? {}).map(([column, value]) => [column, value ?? wrongValueOf(row, column)]),
  );
  const [values, setValues] = useState(before);
  const repair = useMutation({
    mutationFn: () => {
      // What nobody touched stays as the file has it, except what is wrong, which is sent to be judged again.
      const wrong = new Set(row.errors.map(({ column }) => column));
      const changed = Object.entries(values).filter(
        ([column, value]) => value !== before[column] || wrong.has(column),
      );
      const body = {
        values: Object.fromEntries(changed.map(([column, value]) => [column, value === '' ? null : value])),
      };
      return bodyOf(
        api.PATCH('/api/jobs/{id}/rows/{row}', { params: { path: { id: jobId, row: row.row } }, body }),
      );
    },
    onSuccess: onRepaired,
  });
  const refused = fieldErrorsOf(repair.error);
  const firstWrong = row.errors[0]?.column;
  return (
    <Box
      component="form"
      aria-label={`Repair row ${String(row.row)}`}
      onSubmit={(event) => {
        event.preventDefault();
        repair.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
      sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.25, py: 1 }}
    >
      {Object.entries(values).map(([column, value]) => {
        const said = refused[column] ?? row.errors.find((error) => error.column === column)?.message;
        const isTouched = value !== before[column];
        return (
          <TextField
            key={column}
            label={column}
            value={value}
            error={said !== undefined && (!isTouched || refused[column] !== undefined)}
            helperText={said}
            autoFocus={column === firstWrong}
            onChange={(event) => {
              setValues({ ...values, [column]: event.target.value });
            }}
            sx={{ flex: '1 1 150px', maxWidth: 300 }}
          />
        );
      })}
      <Box sx={{ flexBasis: '100%', display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Button type="submit" variant="contained" loading={repair.isPending}>
          Save the row
        </Button>
        <Button onClick={onClose}>Back</Button>
        {row.raw !== null && (
          <Typography
            variant="body2"
            color="textSecondary"
            sx={{ fontFamily: 'monospace', overflowWrap: 'anywhere' }}
          >
            {row.raw}
          </Typography>
        )}
      </Box>
      {repair.error !== null && Object.keys(refused).length === 0 && (
        <Box sx={{ flexBasis: '100%' }}>
          <ErrorNote error={repair.error} />
        </Box>
      )}
    </Box>
  );
}

function wrongValueOf({ errors }: Row, column: string): string {
  return errors.find((error) => error.column === column)?.value ?? '';
}
