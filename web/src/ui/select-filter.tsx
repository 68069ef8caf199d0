import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';

interface SelectFilterProps {
  label: string;
  value: string;
  /** Values with their words. */
  options: Readonly<Record<string, string>>;
  onChange: (value: string) => void;
  /** What no choice is called. */
  any?: string;
}

/** One of a few values, or any. */
export function SelectFilter({ label, value, options, onChange, any = 'All' }: SelectFilterProps) {
  return (
    <TextField
      select
      label={label}
      value={value in options ? value : ''}
      onChange={(event) => {
        onChange(event.target.value);
      }}
      sx={{ minWidth: 140 }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{any}</MenuItem>
      {Object.entries(options).map(([option, words]) => (
        <MenuItem key={option} value={option}>
          {words}
        </MenuItem>
      ))}
    </TextField>
  );
}
