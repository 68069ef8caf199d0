import TextField from '@mui/material/TextField';
import { type HTMLAttributes, useEffect, useEffectEvent, useState } from 'react';

interface TextFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** In pixels; it takes what is left over where it is not given. */
  width?: number;
  inputMode?: HTMLAttributes<HTMLInputElement>['inputMode'];
  placeholder?: string;
  /** What the API says against it. */
  problem?: string | undefined;
}

/** Lists are read again once nobody types any more. */
const SETTLE_MS = 300;

/** A filter that is typed. */
export function TextFilter(props: TextFilterProps) {
  const { label, value, onChange, width, inputMode, placeholder, problem } = props;
  const [text, setText] = useState(value);
  /** What was told last. */
  const [told, setTold] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    // The address says something else by now, and that is not what was typed here.
    if (value !== told) {
      setTold(value);
      setText(value);
    }
  }
  const tell = useEffectEvent(() => {
    setTold(text.trim());
    onChange(text.trim());
  });
  useEffect(() => {
    if (text.trim() === told) return;
    const timer = setTimeout(tell, SETTLE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, told]);
  return (
    <TextField
      type="search"
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      error={problem !== undefined}
      helperText={problem}
      sx={width === undefined ? { flex: '1 1 200px', maxWidth: 420 } : { width }}
      slotProps={{
        inputLabel: { shrink: true },
        htmlInput: { maxLength: 100, inputMode, placeholder, 'aria-label': label },
      }}
    />
  );
}
