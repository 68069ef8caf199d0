import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { keyOf, summaryOf, type WaitingItem } from '../attention/words.ts';
import { api, bodyOf, type Job } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { JobProgress } from '../jobs/job-progress.tsx';
import { StatusChip } from '../jobs/status-chip.tsx';
import { KIND_WORDS, nameOf } from '../jobs/words.ts';
import { OrderCounts } from '../orders/order-counts.tsx';
import { ImportButton } from '../import/import-button.tsx';
import { TWO_LINES } from '../ui/lines.ts';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';
import { Health } from './health.tsx';

const SHOWN = 5;

/** What needs somebody, what goes in today, and whether all parts are there. */
export default function HomePage() {
  return (
    <Page title="Home" actions={<ImportButton />}>
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 2fr) minmax(0, 1fr)' },
        }}
      >
        <Box sx={{ display: 'grid', gap: 2, alignContent: 'start' }}>
          <Attention />
          <Today />
        </Box>
        <Box sx={{ display: 'grid', gap: 2, alignContent: 'start' }}>
          <Section title="Orders" more={<TextLink to="/orders">Board</TextLink>}>
            <OrderCounts />
          </Section>
          <Section title="Parts">
            <Health />
          </Section>
        </Box>
      </Box>
    </Page>
  );
}

function Section({ title, children, more }: { title: string; children: ReactNode; more?: ReactNode }) {
  return (
    <Paper component="section" aria-label={title} sx={{ p: 2, alignSelf: 'start' }}>
      <Box sx={{ display: 'flex', mb: 1 }}>
        <Typography variant="h2" sx={{ flex: 1 }}>
          {title}
        </Typography>
        {more}
      </Box>
      {children}
    </Paper>
  );
}

function Attention() {
  useLiveTopic('attention');
  const list = useList<WaitingItem>({
    queryKey: ['attention', 'first'],
    read: (_cursor, signal) =>
      bodyOf(api.GET('/api/attention', { params: { query: { limit: SHOWN } }, signal })),
  });
  return (
    <Section title="Needs attention" more={<TextLink to="/attention">All</TextLink>}>
      {list.error !== null && <ErrorNote error={list.error} onRetry={list.onRetry} />}
      {list.isLoading && list.rows.length === 0 && <Loading />}
      {!list.isLoading && list.error === null && list.rows.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          Nothing.
        </Typography>
      )}
      {list.rows.slice(0, SHOWN).map((item) => {
        const { name, why, to } = summaryOf(item);
        return (
          <Row key={keyOf(item)} at={item.since}>
            <TextLink
              to={to}
              sx={{ flex: '1 1 160px', minWidth: 0, overflowWrap: 'anywhere', fontWeight: 600 }}
            >
              {name}
            </TextLink>
            <Box sx={{ flex: '3 1 260px', minWidth: 0, overflowWrap: 'anywhere', ...TWO_LINES }} title={why}>
              {why}
            </Box>
          </Row>
        );
      })}
    </Section>
  );
}

/** Jobs of the present day, in the reader's zone. */
function Today() {
  useLiveTopic('jobs');
  const list = useList<Job>({
    queryKey: ['jobs', { type: 'import' }, 'today'],
    read: (_cursor, signal) =>
      bodyOf(api.GET('/api/jobs', { params: { query: { type: 'import', limit: 50 } }, signal })),
  });
  const midnight = new Date().setHours(0, 0, 0, 0);
  const today = list.rows.filter(({ createdAt }) => Date.parse(createdAt) >= midnight);
  return (
    <Section title="Imports today" more={<TextLink to="/jobs?type=import">All imports</TextLink>}>
      {list.error !== null && <ErrorNote error={list.error} onRetry={list.onRetry} />}
      {list.isLoading && list.rows.length === 0 && <Loading />}
      {!list.isLoading && list.error === null && today.length === 0 && (
        <Empty title="No import today">Yesterday’s are among the jobs.</Empty>
      )}
      {today.slice(0, 12).map((job) => (
        <Line key={job.id} job={job}>
          <JobProgress job={job} />
        </Line>
      ))}
    </Section>
  );
}

/** One line of a section, with how long ago it began. */
function Row({ at, children }: { at: string; children: ReactNode }) {
  return (
    <Box
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        columnGap: 1.5,
        rowGap: 0.5,
        py: 0.75,
        borderTop: 1,
        borderColor: 'divider',
        fontSize: '0.8125rem',
      }}
    >
      {children}
      <Box sx={{ width: 90, ml: 'auto', textAlign: 'right', color: 'text.secondary' }}>
        <Time at={at} />
      </Box>
    </Box>
  );
}

function Line({ job, children }: { job: Job; children: ReactNode }) {
  return (
    <Row at={job.createdAt}>
      <Box sx={{ width: 140 }}>
        <StatusChip status={job.status} />
      </Box>
      <TextLink to={`/jobs/${job.id}`} sx={{ flex: '1 1 180px', minWidth: 0, overflowWrap: 'anywhere' }}>
        {nameOf(job)}
      </TextLink>
      <Box sx={{ width: 80, color: 'text.secondary' }}>{KIND_WORDS[job.kind]}</Box>
      <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>{children}</Box>
    </Row>
  );
}
