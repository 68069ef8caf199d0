import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { Schemas } from '../client/api.ts';
import { answersOf, type Policies, policiesFor, POLICY_WORDS } from './words.ts';

interface PolicyFormProps {
  /** Null while it is not known. */
  kind: Schemas['Job']['kind'] | null;
  policies: Policies;
  onChange: (policies: Policies) => void;
  isDisabled: boolean;
}

/** The policies of an import, as questions. */
export function PolicyForm({ kind, policies, onChange, isDisabled }: PolicyFormProps) {
  const shown = policiesFor(kind, policies);
  const names = Object.keys(POLICY_WORDS) as (keyof Policies)[];
  return names
    .filter((name) => answersOf(kind, name).length > 1)
    .map((name) => (
      <TextField
        key={name}
        select
        fullWidth
        disabled={isDisabled}
        label={POLICY_WORDS[name].question}
        value={shown[name]}
        onChange={(event) => {
          onChange({ ...policies, [name]: event.target.value });
        }}
        slotProps={{ select: { SelectDisplayProps: { style: { whiteSpace: 'normal' } } } }}
      >
        {Object.entries(POLICY_WORDS[name].answers)
          .filter(([answer]) => answersOf(kind, name).includes(answer))
          .map(([answer, words]) => (
            <MenuItem key={answer} value={answer}>
              {words}
            </MenuItem>
          ))}
      </TextField>
    ));
}
