import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import { ALL_EVENTS, EVENT_GROUPS } from './words.ts';

interface EventChoiceProps {
  /** Types of events, `group.*`, or `*`. */
  events: readonly string[];
  onChange: (events: string[]) => void;
  problem: string | undefined;
}

/** Which events an endpoint is sent: all, all of a group, or single ones. */
export function EventChoice({ events, onChange, problem }: EventChoiceProps) {
  const chosen = new Set(events);
  const isAll = chosen.has(ALL_EVENTS);
  const toggle = (pattern: string, without: readonly string[] = []) => {
    const next = new Set(chosen);
    if (!next.delete(pattern)) {
      next.add(pattern);
      // What a group stands for need not be named besides.
      for (const one of without) next.delete(one);
    }
    onChange([...next]);
  };
  return (
    <FormControl component="fieldset" error={problem !== undefined}>
      <FormLabel component="legend">Events</FormLabel>
      <Choice
        label="All, also those that are to come"
        checked={isAll}
        onToggle={() => {
          onChange(isAll ? [] : [ALL_EVENTS]);
        }}
      />
      {!isAll && (
        <Box sx={{ display: 'grid', gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' }, columnGap: 2 }}>
          {EVENT_GROUPS.map(({ name, title, pattern, events: members }) => {
            const hasGroup = chosen.has(pattern);
            return (
              <Box key={name} role="group" aria-label={title} sx={{ pt: 0.5 }}>
                <Choice
                  label={<strong>{title}: all</strong>}
                  checked={hasGroup}
                  onToggle={() => {
                    toggle(
                      pattern,
                      members.map(({ type }) => type),
                    );
                  }}
                />
                {members.map(({ type, words }) => (
                  <Choice
                    key={type}
                    label={words}
                    isInner
                    isDisabled={hasGroup}
                    checked={hasGroup || chosen.has(type)}
                    onToggle={() => {
                      toggle(type);
                    }}
                  />
                ))}
              </Box>
            );
          })}
        </Box>
      )}
      {problem !== undefined && <FormHelperText>{problem}</FormHelperText>}
    </FormControl>
  );
}

interface ChoiceProps {
  label: React.ReactNode;
  checked: boolean;
  isInner?: boolean;
  isDisabled?: boolean;
  onToggle: () => void;
}

function Choice({ label, checked, isInner = false, isDisabled = false, onToggle }: ChoiceProps) {
  return (
    <FormControlLabel
      label={label}
      disabled={isDisabled}
      sx={{ display: 'flex', ml: isInner ? 1.5 : -0.75, mr: 0 }}
      slotProps={{ typography: { variant: 'body2' } }}
      control={<Checkbox size="small" checked={checked} onChange={onToggle} sx={{ p: 0.5 }} />}
    />
  );
}
