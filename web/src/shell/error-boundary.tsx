import Box from '@mui/material/Box';
import { Component, type ReactNode } from 'react';
import { ErrorNote } from '../ui/states.tsx';

/** A view that fails takes only itself away. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Box sx={{ p: 2.5 }}>
        <ErrorNote
          error={error}
          onRetry={() => {
            // A part of the app that a new version has taken away is found again only by a new page.
            location.reload();
          }}
        />
      </Box>
    );
  }
}
