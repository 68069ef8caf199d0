import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Client } from '@temporalio/client';
import { jobWorkflowId } from '../contracts/temporal/ids.ts';
import { isEnded, type JobStatus, type JobType, type JobVerb } from '../contracts/words.ts';
import type { ChaosApi } from './api.ts';
import type { Chooser } from './choose.ts';
import type { Asked } from './model.ts';

/** A job that somebody steers. */
export interface SteeredJob {
  id: string;
  type: JobType;
  status: JobStatus;
  chunks: number;
  asked: Asked;
}

/** What an action works with. */
export interface Hands {
  api: ChaosApi;
  temporal: Client;
  choose: Chooser;
}

/** Something that an operator does to an import. */
export interface Action {
  name: string;
  weight: number;
  isFor: (status: JobStatus) => boolean;
  run: (hands: Hands, job: SteeredJob) => Promise<void>;
}

const isOpen = (status: JobStatus): boolean => !isEnded(status);

/**
 * All that is done to imports. The weights let most of them complete: what is parked is retried more often than given up.
 * A new kind of job that is made of an import is started and followed to its end in lane.ts, as its undo is; what it leaves is
 * in model.ts.
 */
export const ACTIONS: readonly Action[] = [
  { name: 'pause', weight: 3, isFor: isOpen, run: verb('pause') },
  { name: 'resume', weight: 14, isFor: (status) => status === 'paused', run: verb('resume') },
  { name: 'cancel', weight: 0.7, isFor: isOpen, run: verb('cancel') },
  { name: 'retry', weight: 12, isFor: (status) => status === 'needs_attention', run: verb('retry') },
  { name: 'retry, nothing parked', weight: 1, isFor: isOpen, run: verb('retry') },
  { name: 'retry of a part', weight: 2, isFor: isOpen, run: verb('retry', true) },
  { name: 'skip', weight: 0.7, isFor: isOpen, run: verb('skip') },
  { name: 'skip of a part', weight: 1, isFor: isOpen, run: verb('skip', true) },
  { name: 'abandon', weight: 0.5, isFor: isOpen, run: verb('abandon') },
  { name: 'abandon of a part', weight: 0.5, isFor: isOpen, run: verb('abandon', true) },
  { name: 'reset', weight: 1, isFor: () => true, run: reset },
  { name: 'terminate the workflow', weight: 0.5, isFor: isOpen, run: terminate },
];

/** @param ofPart for one part, which may not be parked, or not yet */
function verb(name: JobVerb, ofPart = false): Action['run'] {
  return async ({ api, temporal, choose }, job) => {
    if (name === 'cancel' || name === 'skip' || name === 'abandon') job.asked[name] = true;
    const part = ofPart
      ? {
          part: `${choose.oneOf(['staging', 'applying'])} ${String(1 + choose.below(Math.max(1, job.chunks)))}`,
        }
      : {};
    const input = { ...part, id: uuidv7(), reason: 'chaos' };
    // The second of two at once is the same request again, or one of its own.
    const second = choose.chance(0.3) ? [choose.chance(0.5) ? input : { ...input, id: uuidv7() }] : [];
    const bySignal = choose.chance(0.4);
    const send = async (body: object): Promise<void> => {
      if (!bySignal) await api.send(`/api/jobs/${job.id}/${name}`, body);
      else await quietly(() => temporal.workflow.getHandle(jobWorkflowId(job)).signal(name, body));
    };
    await Promise.all([input, ...second].map(send));
  };
}

async function reset({ api, choose }: Hands, job: SteeredJob): Promise<void> {
  const stage = choose.oneOf([{}, { stage: 'reading' }, { stage: 'staging' }, { stage: 'applying' }]);
  await api.send(`/api/jobs/${job.id}/reset`, { ...stage, reason: 'chaos' });
}

/** As nobody should, but can in the Temporal Web UI. */
async function terminate({ temporal }: Hands, job: SteeredJob): Promise<void> {
  await quietly(() => temporal.workflow.getHandle(jobWorkflowId(job)).terminate('chaos'));
}

/** The server may be away, or the workflow at its end: then nothing has come of it. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await Promise.race([work(), delay(10_000, undefined, { ref: false })]);
  } catch {
    // As above.
  }
}
