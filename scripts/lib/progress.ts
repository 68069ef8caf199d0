import type { Job } from '../../contracts/http/job.ts';

const BAR_WIDTH = 24;
/** Where lines can't be overwritten, one this often is enough. */
const LINE_EVERY_MS = 2_000;
/** What takes longer than this is spoken of while it lasts. */
const PATIENCE_MS = 5_000;
const REMIND_EVERY_MS = 15_000;

/** Tells people on standard error what goes on. */
export interface Reporter {
  /** A line. */
  note(text: string): void;
  /**
   * Runs a step, and tells when it is done and how long it took; while it lasts, now and then that it still does.
   *
   * @param spoken told by the step itself, what it is busy with; while it speaks there is no need for more
   */
  step<T>(title: string, work: (spoken: (text: string) => void) => Promise<T>): Promise<T>;
}

export function createReporter(): Reporter {
  const note = (text: string) => {
    process.stderr.write(`${text}\n`);
  };
  return {
    note,
    async step(title, work) {
      const started = performance.now();
      const seconds = (digits: number) => `${((performance.now() - started) / 1000).toFixed(digits)} s`;
      let spokenAt = Number.NEGATIVE_INFINITY;
      const remind = () => {
        if (performance.now() - spokenAt > REMIND_EVERY_MS)
          note(`  ... waiting for ${title} (${seconds(0)})`);
      };
      let timer = setTimeout(() => {
        remind();
        timer = setInterval(remind, REMIND_EVERY_MS);
      }, PATIENCE_MS);
      try {
        const result = await work((text) => {
          spokenAt = performance.now();
          note(`  ${text}`);
        });
        note(`  ${title} ready (${seconds(1)})`);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Shows how far a job is: a bar that moves where the terminal can do that, else a line now and then. */
export interface ProgressBar {
  show(job: Job): void;
  /** Leaves the bar as it stands. */
  end(): void;
}

export function createProgressBar(label: string): ProgressBar {
  const live = process.stderr.isTTY;
  let shown = '';
  let shownAt = 0;
  return {
    show(job) {
      const text = `  ${label}  ${describe(job)}`;
      if (text === shown) return;
      if (live) {
        process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns || 120) - 1)}`);
      } else {
        if (performance.now() - shownAt < LINE_EVERY_MS && job.percent !== 100) return;
        process.stderr.write(`${text}\n`);
      }
      shown = text;
      shownAt = performance.now();
    },
    end() {
      if (live && shown !== '') process.stderr.write('\n');
    },
  };
}

function describe({ percent, stage, status, counts, rowsPerSecond }: Job): string {
  const share = percent ?? 0;
  const full = Math.round((share / 100) * BAR_WIDTH);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${share.toFixed(0).padStart(3)} %`;
  const done =
    counts.total === null ? '' : `  ${String(counts.total - counts.pending)} of ${String(counts.total)} rows`;
  const speed =
    rowsPerSecond === null || rowsPerSecond === 0 ? '' : `, ${String(Math.round(rowsPerSecond))} rows/s`;
  return `${bar}  ${status === 'processing' ? (stage ?? status) : status}${done}${speed}`;
}

/** The job in words: how it ended, and the sum over its rows. */
export function summaryOf(job: Job): string {
  const { total, ...outcomes } = job.counts;
  const sum = Object.entries(outcomes)
    .map(([outcome, count]) => `${outcome} ${String(count)}`)
    .join(' + ');
  const rows = total === null ? 'the file was not read to its end' : `${String(total)} rows = ${sum}`;
  const failure = job.failure === null ? '' : `\n  ${job.failure.code}: ${job.failure.message}`;
  return `${job.filename ?? job.id} (${job.kind}): ${job.status}\n  ${rows}${failure}`;
}
