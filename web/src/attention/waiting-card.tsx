import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';

interface WaitingCardProps {
  chip: ReactNode;
  name: string;
  to: string | null;
  /** What it is, and whose. */
  about: ReactNode;
  since: string;
  /** What can be done. */
  actions: ReactNode;
  /** Why it waits. */
  children: ReactNode;
}

/** One thing that waits for an operator. */
export function WaitingCard({ chip, name, to, about, since, actions, children }: WaitingCardProps) {
  return (
    <Paper component="article" aria-label={name} sx={{ p: 1.5, display: 'grid', gap: 1 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1.5, rowGap: 1 }}>
        <Box sx={{ minWidth: { sm: 168 } }}>{chip}</Box>
        <Box sx={{ flex: '1 1 220px', minWidth: 0 }}>
          <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
            {to === null ? name : <TextLink to={to}>{name}</TextLink>}
          </Typography>
          <Typography component="div" variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
            Waits since <Time at={since} /> · {about}
          </Typography>
        </Box>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>{actions}</Box>
      </Box>
      <Box sx={{ pl: { sm: '180px' }, fontSize: '0.8125rem', display: 'grid', gap: 1 }}>{children}</Box>
    </Paper>
  );
}
