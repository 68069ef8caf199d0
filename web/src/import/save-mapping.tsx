import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { queryClient } from '../client/query-client.ts';
import { ErrorNote } from '../ui/states.tsx';
import { useToasts } from '../ui/toasts.tsx';
import type { Preview } from './preview.ts';

interface SaveMappingProps {
  kind: Schemas['Job']['kind'];
  preview: Preview;
  mapping: Record<string, number[] | null>;
  onSaved: (name: string) => void;
}

/** Saves which column is which under a name; it is suggested when a file comes with the same header. */
export function SaveMapping({ kind, preview, mapping, onSaved }: SaveMappingProps) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const toasts = useToasts();
  const save = useMutation({
    mutationFn: () =>
      bodyOf(
        api.POST('/api/mappings', {
          body: {
            name: name.trim(),
            kind,
            columns: byHeader(mapping, preview.header),
            header: preview.header,
          },
        }),
      ),
    onSuccess: (saved) => {
      setOpen(false);
      toasts.done(`Saved as “${saved.name}”`);
      void queryClient.invalidateQueries({ queryKey: ['mappings'] });
      onSaved(saved.name);
    },
  });
  return (
    <>
      <Button
        variant="outlined"
        onClick={() => {
          setOpen(true);
        }}
      >
        Save these columns
      </Button>
      {isOpen && (
        <Dialog
          open
          onClose={() => {
            setOpen(false);
          }}
          aria-labelledby="save-mapping"
        >
          <form
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate();
            }}
          >
            <DialogTitle id="save-mapping">Save these columns</DialogTitle>
            <DialogContent sx={{ display: 'grid', gap: 2 }}>
              When a file comes with the same header, they are suggested.
              <TextField
                autoFocus
                required
                label="Name"
                placeholder="Supplier 7"
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                }}
                slotProps={{ htmlInput: { maxLength: 100 } }}
              />
              {save.error !== null && <ErrorNote error={save.error} />}
            </DialogContent>
            <DialogActions>
              <Button
                onClick={() => {
                  setOpen(false);
                }}
              >
                Back
              </Button>
              <Button type="submit" variant="contained" loading={save.isPending}>
                Save
              </Button>
            </DialogActions>
          </form>
        </Dialog>
      )}
    </>
  );
}

/** Headers, so that the mapping fits the next file in whatever order its columns are; a position where a header is not unique. */
function byHeader(
  mapping: Record<string, number[] | null>,
  header: readonly string[],
): Schemas['ColumnMapping'] {
  const sourceOf = (position: number): string | number => {
    const name = header[position - 1] ?? '';
    const isUnique = name.trim() !== '' && header.filter((other) => other === name).length === 1;
    return isUnique ? name : position;
  };
  return Object.fromEntries(
    Object.entries(mapping).map(([column, positions]) => {
      const sources = positions?.map(sourceOf) ?? [];
      return [column, sources.length === 0 ? null : sources.length === 1 ? (sources[0] ?? null) : sources];
    }),
  );
}
