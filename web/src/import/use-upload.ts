import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Job } from '../client/api.ts';
import { type UploadState, uploadImport } from './upload.ts';

interface Request {
  file: File;
  fields: Record<string, string>;
}

/** An upload of the view: how far it is, what it failed of, and what gives it up. Leaving the page asks first. */
export function useUpload(onAccepted: (job: Job) => void) {
  const [state, setState] = useState<UploadState | null>(null);
  const abort = useRef<AbortController | null>(null);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: ({ file, fields }: Request) => {
      abort.current = new AbortController();
      return uploadImport({ file, fields, onState: setState, signal: abort.current.signal });
    },
    onSuccess: onAccepted,
    onSettled: () => {
      setState(null);
    },
  });
  useEffect(() => {
    if (!isPending) return;
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => {
      removeEventListener('beforeunload', ask);
    };
  }, [isPending]);
  useEffect(
    () => () => {
      abort.current?.abort();
    },
    [],
  );
  const isGivenUp = error instanceof DOMException && error.name === 'AbortError';
  return {
    start: (request: Request) => {
      mutate(request);
    },
    state: isPending ? state : null,
    isPending,
    error: isGivenUp ? null : error,
    giveUp: () => abort.current?.abort(),
    reset,
  };
}
