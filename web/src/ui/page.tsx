import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  title: string;
  /** Under the title, in a line. */
  about?: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  /** The content fills the window and scrolls by itself, as tables do. */
  fills?: boolean;
  children: ReactNode;
}

/** The frame of a view: its heading, which is the window's title too, and its content. */
export function Page({ title, about, actions, fills = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Longshore`;
  }, [title]);
  return (
    <Box
      sx={{
        display: 'flex',
        flexDirection: 'column',
        gap: 2,
        p: { xs: 1.5, md: 2.5 },
        ...(fills ? { height: '100%', minHeight: 0 } : { maxWidth: 1400 }),
      }}
    >
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Box sx={{ flex: '1 1 240px', minWidth: 0 }}>
          <Typography variant="h1" sx={{ overflowWrap: 'anywhere' }}>
            {title}
          </Typography>
          {about !== undefined && (
            <Typography component="div" variant="body2" color="textSecondary">
              {about}
            </Typography>
          )}
        </Box>
        {actions !== undefined && (
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>{actions}</Box>
        )}
      </Box>
      {children}
    </Box>
  );
}
