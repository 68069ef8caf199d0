import { setTimeout as delay } from 'node:timers/promises';
import { isEnded } from '../contracts/words.ts';
import { ACTIONS, type Hands, type SteeredJob } from './actions.ts';
import type { Chooser } from './choose.ts';

export interface Steering extends Omit<Hands, 'choose'> {
  /** Nothing more is done to a job once it says so. */
  isOver: () => boolean;
  note: (text: string) => void;
  /** Counts what is done. */
  acted: () => void;
}

/** Steers a job by whim, until it has ended or it is over. */
export async function steerToEnd(
  job: SteeredJob,
  choose: Chooser,
  { isOver, note, acted, ...hands }: Steering,
): Promise<void> {
  for (;;) {
    await delay(choose.between(30, 600));
    const { status, counts } = await hands.api.readJob(job.id);
    Object.assign(job, { status, chunks: Math.ceil((counts.total ?? 0) / 40) });
    if (isOver()) return;
    if (isEnded(status)) {
      // Now and then an ended one is opened again, and ends a second time.
      if (!choose.chance(0.05)) return;
    } else if (status === 'pending' || status === 'processing') {
      if (!choose.chance(0.12)) continue;
    }
    const action = choose.weighted(ACTIONS.filter(({ isFor }) => isFor(status)));
    acted();
    note(`action: ${action.name} (${job.id}, ${status})`);
    await action.run({ ...hands, choose }, job);
  }
}
