import Alert from '@mui/material/Alert';
import Snackbar from '@mui/material/Snackbar';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { messageOf } from '../client/problem.ts';

interface Toast {
  id: number;
  severity: 'success' | 'error';
  text: string;
}

interface Toasts {
  /** Says that something is done. */
  done: (text: string) => void;
  /** Says what went wrong. */
  failed: (error: unknown) => void;
}

const ToastsContext = createContext<Toasts | null>(null);
const SHOWN_MS = 5_000;

export function ToastsProvider({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null);
  const show = useCallback((severity: Toast['severity'], text: string) => {
    setToast((before) => ({ id: (before?.id ?? 0) + 1, severity, text }));
  }, []);
  const toasts = useMemo(
    () => ({
      done: (text: string) => {
        show('success', text);
      },
      failed: (error: unknown) => {
        show('error', messageOf(error));
      },
    }),
    [show],
  );
  const close = () => {
    setToast(null);
  };
  return (
    <ToastsContext value={toasts}>
      {children}
      <Snackbar
        key={toast?.id}
        open={toast !== null}
        // What went wrong stays until it was read.
        autoHideDuration={toast?.severity === 'error' ? null : SHOWN_MS}
        onClose={(_event, reason) => {
          if (reason !== 'clickaway') close();
        }}
      >
        <Alert
          severity={toast?.severity ?? 'success'}
          variant="outlined"
          onClose={close}
          sx={{ bgcolor: 'background.paper' }}
        >
          {toast?.text}
        </Alert>
      </Snackbar>
    </ToastsContext>
  );
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastsContext);
  if (toasts === null) throw new Error('ToastsProvider is missing');
  return toasts;
}
