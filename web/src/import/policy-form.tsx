import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type Policies, POLICY_WORDS } from './words.ts';

interface PolicyFormProps {
  policies: Policies;
  onChange: (policies: Policies) => void;
  isDisabled: boolean;
}

/** The policies of an import, as questions. */
export function PolicyForm({ policies, onChange, isDisabled }: PolicyFormProps) {
  return (Object.keys(POLICY_WORDS) as (keyof Policies)[]).map((name) => (
    <TextField
      key={name}
      select
      fullWidth
      disabled={isDisabled}
      label={POLICY_WORDS[name].question}
      value={policies[name]}
      onChange={(event) => {
        onChange({ ...policies, [name]: event.target.value });
      }}
      slotProps={{ select: { SelectDisplayProps: { style: { whiteSpace: 'normal' } } } }}
    >
      {Object.entries(POLICY_WORDS[name].answers).map(([answer, words]) => (
        <MenuItem key={answer} value={answer}>
          {words}
        </MenuItem>
      ))}
    </TextField>
  ));
}
