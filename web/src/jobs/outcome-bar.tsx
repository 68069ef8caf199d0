import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import type { Job } from '../client/api.ts';
import { formatCount } from '../ui/format.ts';
import { OUTCOME_COLORS, OUTCOME_WORDS, type Outcome, outcomesOf } from './words.ts';

interface OutcomeBarProps {
  job: Job;
  chosen: string;
  onChoose: (outcome: Outcome | '') => void;
}

/** How many rows have each outcome. They always add up to the total. Each is a filter of the rows below. */
export function OutcomeBar({ job, chosen, onChoose }: OutcomeBarProps) {
  const { total } = job.counts;
  const outcomes = outcomesOf(job);
  return (
    <Box>
      <Box
        aria-hidden
        sx={{
          display: 'flex',
          height: 8,
          borderRadius: 1,
          overflow: 'hidden',
          bgcolor: 'action.selected',
          mb: 1,
        }}
      >
        {total !== null &&
          total > 0 &&
          outcomes
            .filter(([name]) => name !== 'pending')
            .map(([name, count]) => (
              <Box
                key={name}
                sx={{ width: `${String((count / total) * 100)}%`, bgcolor: OUTCOME_COLORS[name] }}
              />
            ))}
      </Box>
      <Box
        role="group"
        aria-label="Rows by outcome"
        sx={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(104px, 1fr))', gap: 0.5 }}
      >
        <Count
          name="All rows"
          count={total}
          isChosen={chosen === ''}
          onChoose={() => {
            onChoose('');
          }}
        />
        {outcomes.map(([name, count]) => (
          <Count
            key={name}
            name={OUTCOME_WORDS[name]}
            count={count}
            color={OUTCOME_COLORS[name]}
            isChosen={chosen === name}
            onChoose={() => {
              onChoose(name);
            }}
          />
        ))}
      </Box>
    </Box>
  );
}

interface CountProps {
  name: string;
  count: number | null;
  color?: string;
  isChosen: boolean;
  onChoose: () => void;
}

function Count({ name, count, color, isChosen, onChoose }: CountProps) {
  return (
    <ButtonBase
      aria-pressed={isChosen}
      onClick={onChoose}
      sx={{
        // A narrow window shows what there is.
        display: { xs: count === 0 && !isChosen ? 'none' : 'grid', sm: 'grid' },
        justifyItems: 'start',
        justifyContent: 'start',
        font: 'inherit',
        px: 1.25,
        py: 0.5,
        border: 1,
        borderColor: isChosen ? 'primary.main' : 'divider',
        bgcolor: isChosen ? 'action.selected' : 'background.paper',
        borderRadius: 1,
      }}
    >
      <Box
        component="span"
        sx={{
          display: 'flex',
          alignItems: 'center',
          gap: 0.75,
          fontSize: '0.75rem',
          color: isChosen ? 'text.primary' : 'text.secondary',
        }}
      >
        {color !== undefined && (
          <Box component="span" sx={{ width: 8, height: 8, borderRadius: '2px', bgcolor: color }} />
        )}
        {name}
      </Box>
      <Box
        component="span"
        sx={{
          fontSize: '0.95rem',
          fontWeight: 600,
          fontVariantNumeric: 'tabular-nums',
          // What there is stands out from what there is not.
          ...(count === 0 ? { fontWeight: 400, color: 'text.secondary' } : {}),
        }}
      >
        {count === null ? '–' : formatCount(count)}
      </Box>
    </ButtonBase>
  );
}
