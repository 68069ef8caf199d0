import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import MenuItem from '@mui/material/MenuItem';
import Paper from '@mui/material/Paper';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { queryClient } from '../client/query-client.ts';
import { useAllowed } from '../client/session.ts';
import { KIND_WORDS } from '../jobs/words.ts';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { FileDrop } from './file-drop.tsx';
import { PolicyForm } from './policy-form.tsx';
import { type Choices, type Chosen, fieldsOf, usePreview } from './preview.ts';
import { Sample } from './sample.tsx';
import { SaveMapping } from './save-mapping.tsx';
import { Understood } from './understood.tsx';
import { UploadProgress } from './upload-progress.tsx';
import { useUpload } from './use-upload.ts';
import { DEFAULT_POLICIES, type Policies, policiesFor } from './words.ts';

const NOTHING_SAID: Omit<Choices, 'mode'> = { kind: '', mapping: null, dialect: {} };

/** From a file to a job: what was understood of it, what is to be said otherwise, and then it goes. */
export default function ImportPage() {
  const mayImport = useAllowed('operator');
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [said, setSaid] = useState(NOTHING_SAID);
  const [policies, setPolicies] = useState<Policies>(DEFAULT_POLICIES);
  const upload = useUpload((job) => {
    queryClient.setQueryData(['job', job.id], job);
    void navigate(`/jobs/${job.id}`);
  });
  const { reset } = upload;
  const take = useCallback(
    (file: File) => {
      reset();
      setSaid(NOTHING_SAID);
      setChosen((before) => ({ number: (before?.number ?? 0) + 1, file }));
    },
    [reset],
  );
  const saidKind = said.kind === '' ? null : said.kind;
  // A kind that is only guessed has its own way to be looked at.
  const choices: Choices = { ...said, mode: policiesFor(saidKind, policies).mode };
  const { data: preview, error, isFetching, refetch } = usePreview(chosen, choices);
  const kind = said.kind === '' ? (preview?.kind ?? null) : said.kind;
  const change = (part: Partial<typeof NOTHING_SAID>) => {
    setSaid((before) => ({ ...before, ...part }));
  };

  if (!mayImport) {
    return (
      <Page title="Import">
        <Empty title="Your role may look, but not import" />
      </Page>
    );
  }
  const start = (dryRun: boolean) => {
    if (chosen === null || kind === null) return;
    const fields = {
      ...fieldsOf({ ...choices, kind }),
      ...policiesFor(kind, policies),
      dryRun: String(dryRun),
    };
    upload.start({ file: chosen.file, fields });
  };
  const isReady = preview !== undefined && kind !== null && preview.problems.length === 0 && error === null;
  return (
    <Page
      title="Import"
      about={
        <>
          Files to fill in:{' '}
          {Object.entries(KIND_WORDS).map(([name, words]) => (
            <Link key={name} href={`/api/imports/template/${name}`} download sx={{ mr: 1 }}>
              {words}
            </Link>
          ))}
        </>
      }
    >
      <FileDrop file={chosen?.file ?? null} onFile={take} isDisabled={upload.isPending} />
      {chosen !== null && (
        <Box
          sx={{
            display: 'grid',
            gap: 2,
            gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 1fr) 320px' },
          }}
        >
          <Box sx={{ display: 'grid', gap: 2, alignContent: 'start', minWidth: 0 }} aria-busy={isFetching}>
            {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
            {preview === undefined && error === null && <Loading what="Looking at the file" />}
            {preview !== undefined && (
              <>
                <Understood preview={preview} choices={choices} onChange={change} />
                <Sample
                  preview={preview}
                  onMapping={(mapping) => {
                    change({ mapping });
                  }}
                />
                <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center' }}>
                  {kind !== null && (
                    <SavedMappings
                      kind={kind}
                      value={typeof said.mapping === 'string' ? said.mapping : ''}
                      onChange={(mapping) => {
                        change({ mapping });
                      }}
                    />
                  )}
                  {kind !== null && said.mapping !== null && typeof said.mapping !== 'string' && (
                    <SaveMapping
                      kind={kind}
                      preview={preview}
                      mapping={said.mapping}
                      onSaved={(name) => {
                        change({ mapping: name });
                      }}
                    />
                  )}
                  {said.mapping !== null && (
                    <Button
                      onClick={() => {
                        change({ mapping: null });
                      }}
                    >
                      Find the columns again
                    </Button>
                  )}
                </Box>
              </>
            )}
          </Box>
          <Paper sx={{ p: 2, display: 'grid', gap: 2, alignContent: 'start', height: 'fit-content' }}>
            <Typography variant="h2">How it goes in</Typography>
            <PolicyForm
              kind={kind}
              policies={policies}
              onChange={setPolicies}
              isDisabled={upload.isPending}
            />
            {upload.error !== null && <ErrorNote error={upload.error} />}
            {upload.state === null ? (
              <Box sx={{ display: 'grid', gap: 1 }}>
                <Button
                  variant="contained"
                  size="medium"
                  disabled={!isReady || upload.isPending}
                  onClick={() => {
                    start(false);
                  }}
                >
                  Start the import
                </Button>
                <Button
                  variant="outlined"
                  disabled={!isReady || upload.isPending}
                  onClick={() => {
                    start(true);
                  }}
                >
                  Dry run: only report
                </Button>
              </Box>
            ) : (
              <UploadProgress state={upload.state} onGiveUp={upload.giveUp} />
            )}
          </Paper>
        </Box>
      )}
    </Page>
  );
}

interface SavedMappingsProps {
  kind: Schemas['Job']['kind'];
  value: string;
  onChange: (name: string | null) => void;
}

/** The mappings that were saved for this kind. */
function SavedMappings({ kind, value, onChange }: SavedMappingsProps) {
  const { data } = useQuery({
    queryKey: ['mappings', kind],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/mappings', { params: { query: { kind, limit: 200 } }, signal })),
  });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <TextField
      select
      label="Saved columns"
      value={data.items.some(({ name }) => name === value) ? value : ''}
      onChange={(event) => {
        onChange(event.target.value === '' ? null : event.target.value);
      }}
      sx={{ minWidth: 200 }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">None</MenuItem>
      {data.items.map(({ id, name }) => (
        <MenuItem key={id} value={name}>
          {name}
        </MenuItem>
      ))}
    </TextField>
  );
}
