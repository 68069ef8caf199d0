import { mdiCheck, mdiContentCopy } from '@mdi/js';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Box from '@mui/material/Box';
import { useRef, useState } from 'react';
import { Icon } from './icon.tsx';

/** A text to be taken somewhere else. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<'' | 'copied' | 'selected'>('');
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setState('copied');
    } catch {
      // The browser does not allow it: the text is selected, for the keys.
      setState('selected');
    }
  };
  return (
    <Box sx={{ display: 'flex', gap: 1, alignItems: 'flex-start' }}>
      <TextField
        label={label}
        value={value}
        inputRef={field}
        helperText={state === 'selected' ? 'It is selected: copy it with Ctrl or ⌘ and C.' : undefined}
        sx={{ flex: 1 }}
        slotProps={{ htmlInput: { readOnly: true, spellCheck: false } }}
      />
      <Button
        autoFocus
        variant="outlined"
        startIcon={<Icon path={state === 'copied' ? mdiCheck : mdiContentCopy} />}
        onClick={() => void copy()}
        sx={{ height: 37 }}
      >
        <span role="status">{state === 'copied' ? 'Copied' : 'Copy'}</span>
      </Button>
    </Box>
  );
}
