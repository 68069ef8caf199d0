import { mdiOpenInNew } from '@mdi/js';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Paper from '@mui/material/Paper';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { lazy, Suspense } from 'react';
import { useParams } from 'react-router';
import { useAddressValues } from '../ui/use-filter.ts';
import type { Job } from '../client/api.ts';
import { Facts } from '../ui/facts.tsx';
import { formatCount, formatDuration, formatPercent, formatRate } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { AboutTab } from './about-tab.tsx';
import { AuditTab } from './audit-tab.tsx';
import { ChunksTab } from './chunks-tab.tsx';
import { JobProgress } from './job-progress.tsx';
import { OutcomeBar } from './outcome-bar.tsx';
import { ParkedParts } from './parked-parts.tsx';
import { RowsTab } from './rows-tab.tsx';
import { Stages } from './stages.tsx';
import { StatusChip } from './status-chip.tsx';
import { useJob, useRecovery } from './use-job.ts';
import { VerbButtons } from './verb-buttons.tsx';
import { isEnded, KIND_WORDS, nameOf, TYPE_WORDS } from './words.ts';

const WAITING: ReadonlySet<Job['status']> = new Set(['paused', 'needs_attention']);

const RateTab = lazy(() => import('./rate-tab.tsx'));

const TABS = {
  rows: 'Rows',
  chunks: 'Chunks',
  speed: 'Speed',
  audit: 'Audit trail',
  about: 'About',
} as const;
type TabName = keyof typeof TABS;

/** One job: where it stands, what became of each row, and what can be done about it. */
export default function JobPage() {
  const { id = '' } = useParams();
  const { data: job, error, refetch } = useJob(id);
  if (job === undefined) {
    return (
      <Page title="Job">
        {error === null ? <Loading /> : <ErrorNote error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return <JobView job={job} />;
}

function JobView({ job }: { job: Job }) {
  const [search, set] = useAddressValues();
  const { data: recovery } = useRecovery(job.id);
  const said = search.get('tab') ?? '';
  const tab: TabName = said in TABS ? (said as TabName) : 'rows';
  const verbs = recovery?.verbs;
  return (
    <Page
      title={nameOf(job)}
      fills
      about={
        <Box
          component="span"
          sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, mt: 0.5 }}
        >
          <StatusChip status={job.status} />
          {job.options?.dryRun === true && <Chip variant="outlined" label="Dry run" />}
          <span>
            {TYPE_WORDS[job.type]} of {KIND_WORDS[job.kind].toLowerCase()}, by {job.createdBy},{' '}
            <Time at={job.createdAt} />
          </span>
        </Box>
      }
      actions={
        <>
          <VerbButtons job={job} verbs={verbs} />
          {job.workflow.url !== null && (
            <Button
              href={job.workflow.url}
              target="_blank"
              rel="noreferrer"
              endIcon={<Icon path={mdiOpenInNew} />}
            >
              Temporal
            </Button>
          )}
        </>
      }
    >
      <Notices job={job} isParked={recovery === undefined || recovery.parked.length > 0} />
      {recovery !== undefined && recovery.parked.length > 0 && (
        <ParkedParts job={job} parked={recovery.parked} verbs={verbs} />
      )}
      {recovery?.retrying?.map(({ step, activity, attempt, lastError, nextAttemptAt }) => (
        <Alert severity="info" key={step}>
          {activity} ({step}) is being tried again, attempt {formatCount(attempt)}
          {lastError !== null && `: ${lastError.message}`}
          {nextAttemptAt !== null && (
            <>
              {' '}
              (next: <Time at={nextAttemptAt} />)
            </>
          )}
        </Alert>
      ))}
      <Paper sx={{ p: 1.5, display: 'grid', gap: 1.5, flexShrink: 0 }}>
        <Box
          sx={{
            display: 'flex',
            flexWrap: 'wrap',
            alignItems: 'center',
            justifyContent: 'space-between',
            gap: 1.5,
          }}
        >
          <Stages job={job} />
          <Facts
            facts={{
              Done: isEnded(job.status) || job.percent === null ? null : formatPercent(job.percent),
              // Of one that waits it only says for how long.
              Rate:
                job.rowsPerSecond === null || WAITING.has(job.status) ? null : formatRate(job.rowsPerSecond),
              'Time left': job.etaSeconds === null ? null : formatDuration(job.etaSeconds),
              Orders:
                job.orders === null
                  ? null
                  : `${formatCount(job.orders.finished)} of ${formatCount(job.orders.total)} through, ${formatCount(job.orders.started)} started`,
              Took:
                job.startedAt === null || job.finishedAt === null
                  ? null
                  : formatDuration((Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1_000),
            }}
          />
        </Box>
        {!isEnded(job.status) && job.counts.total === null && <JobProgress job={job} />}
        <OutcomeBar
          job={job}
          chosen={tab === 'rows' ? (search.get('outcome') ?? '') : 'none'}
          onChoose={(outcome) => {
            set({ tab: '', outcome });
          }}
        />
      </Paper>
      <Tabs
        value={tab}
        aria-label="Parts of the job"
        variant="scrollable"
        scrollButtons="auto"
        onChange={(_event, name: TabName) => {
          set({ tab: name === 'rows' ? '' : name });
        }}
        sx={{ flexShrink: 0, borderBottom: 1, borderColor: 'divider' }}
      >
        {Object.entries(TABS).map(([name, words]) => (
          <Tab key={name} value={name} label={words} id={`tab-${name}`} aria-controls="tab-panel" />
        ))}
      </Tabs>
      <Box
        role="tabpanel"
        id="tab-panel"
        aria-labelledby={`tab-${tab}`}
        sx={{ flex: '1 0 320px', minHeight: 0, display: 'flex', flexDirection: 'column' }}
      >
        <Suspense fallback={<Loading />}>
          {tab === 'rows' && <RowsTab job={job} />}
          {tab === 'chunks' && <ChunksTab job={job} />}
          {tab === 'speed' && <RateTab job={job} />}
          {tab === 'audit' && <AuditTab job={job} />}
          {tab === 'about' && <AboutTab job={job} />}
        </Suspense>
      </Box>
    </Page>
  );
}

/** What a person should know before all else. Why parts are parked stands with them. */
function Notices({ job, isParked }: { job: Job; isParked: boolean }) {
  const { failure, waitingFor, undoneBy, earlierImport, status } = job;
  return (
    <>
      {failure !== null && !(isParked && status === 'needs_attention') && (
        <Alert severity={status === 'failed' ? 'error' : 'warning'}>
          {failure.message} <code>{failure.code}</code>
        </Alert>
      )}
      {waitingFor !== null && (
        <Alert severity="info">
          Another job changes these records first:{' '}
          <TextLink to={`/jobs/${waitingFor}`}>{waitingFor}</TextLink>. This one goes on by itself.
        </Alert>
      )}
      {undoneBy !== null && (
        <Alert severity="info">
          Undone by <TextLink to={`/jobs/${undoneBy}`}>another job</TextLink>.
        </Alert>
      )}
      {earlierImport !== null && !isEnded(status) && (
        <Alert severity="warning">
          The very same file <TextLink to={`/jobs/${earlierImport.jobId}`}>went in before</TextLink>,{' '}
          <Time at={earlierImport.finishedAt} />.
        </Alert>
      )}
    </>
  );
}
