import type { ReactNode } from 'react';
import Typography from '@mui/material/Typography';

interface OneLineProps {
  children: ReactNode;
  /** The whole of it, on hover. */
  title?: string;
  color?: string;
  /** Marked as what is wrong. */
  isWrong?: boolean;
}

/** On one line, cut off where there is no room for more. */
export function OneLine({ children, title, color = 'inherit', isWrong = false }: OneLineProps) {
  return (
    <Typography
      component="span"
      variant="inherit"
      noWrap
      title={title}
      sx={{ display: 'block', ...(isWrong ? WRONG : { color }) }}
    >
      {children}
    </Typography>
  );
}

const WRONG = { color: 'error.main', textDecoration: 'underline wavy' };
