import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { formatCount, formatTime } from '../ui/format.ts';
import { useFilter } from '../ui/use-filter.ts';
import type { Chunk } from './use-chunks.ts';

const LOOKS: Record<Chunk['state'], { color: string; words: string }> = {
  waiting: { color: 'action.selected', words: 'waiting' },
  staged: { color: 'secondary.main', words: 'checked' },
  applied: { color: 'success.main', words: 'applied' },
  parked: { color: 'error.main', words: 'parked' },
};

/** More are drawn smaller. */
const MANY = 150;

/** All chunks of a job at a glance: each a square in the colour of its state. */
export function ChunkMap({ chunks }: { chunks: readonly Chunk[] }) {
  const [chosen, choose] = useFilter('chunk');
  const isMany = chunks.length > MANY;
  const side = isMany ? 14 : 22;
  return (
    <Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, rowGap: 0.5, mb: 1 }}>
        {Object.entries(LOOKS).map(([state, { color, words }]) => (
          <Typography
            key={state}
            variant="body2"
            color="textSecondary"
            sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}
          >
            <Box
              component="span"
              sx={{
                width: 12,
                height: 12,
                borderRadius: '3px',
                bgcolor: color,
                border: 1,
                borderColor: 'divider',
              }}
            />
            {words}: {formatCount(chunks.filter((chunk) => chunk.state === state).length)}
          </Typography>
        ))}
      </Box>
      <Box
        component="ul"
        aria-label="Chunks"
        sx={{
          display: 'flex',
          flexWrap: 'wrap',
          gap: isMany ? '2px' : '3px',
          m: 0,
          p: '2px',
          listStyle: 'none',
          maxHeight: 180,
          overflowY: 'auto',
        }}
      >
        {chunks.map((chunk) => {
          const words = describe(chunk);
          return (
            <li key={chunk.number}>
              <Box
                component="button"
                type="button"
                title={words}
                aria-label={words}
                aria-pressed={chosen === String(chunk.number)}
                onClick={() => {
                  choose(chosen === String(chunk.number) ? '' : String(chunk.number));
                }}
                sx={{
                  display: 'block',
                  width: side,
                  height: side,
                  p: 0,
                  border: chosen === String(chunk.number) ? 2 : 1,
                  borderColor: chosen === String(chunk.number) ? 'text.primary' : 'divider',
                  borderRadius: '3px',
                  bgcolor: LOOKS[chunk.state].color,
                  cursor: 'pointer',
                  '&:focus-visible': { outline: 2, outlineColor: 'primary.main', outlineOffset: 1 },
                }}
              />
            </li>
          );
        })}
      </Box>
    </Box>
  );
}

function describe({ number, state, rows, attempts, appliedAt, stagedAt, parked }: Chunk): string {
  const at = appliedAt ?? stagedAt;
  return [
    `Chunk ${String(number)}: ${LOOKS[state].words}`,
    `${formatCount(rows)} rows`,
    ...(at === null ? [] : [formatTime(at)]),
    ...(attempts > 1 ? [`${String(attempts)} attempts`] : []),
    ...(parked === null ? [] : [parked.message]),
  ].join(', ');
}
