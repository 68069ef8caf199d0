import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { queryClient } from './client/query-client.ts';
import { App } from './app.tsx';
import { theme } from './theme.ts';
import { ToastsProvider } from './ui/toasts.tsx';

/** The page allows no style sheets but those that carry what came with it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? '';
const styles = createCache({ key: 'ls', nonce });

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');

createRoot(place).render(
  <StrictMode>
    <CacheProvider value={styles}>
      <ThemeProvider theme={theme} defaultMode="system">
        <CssBaseline enableColorScheme />
        <QueryClientProvider client={queryClient}>
          <ToastsProvider>
            <BrowserRouter>
              <App />
            </BrowserRouter>
          </ToastsProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </CacheProvider>
  </StrictMode>,
);
