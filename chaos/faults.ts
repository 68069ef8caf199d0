import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from '../scripts/stack/service-process.ts';
import type { ChaosStack } from './chaos-stack.ts';
import { type Chooser, createChooser } from './choose.ts';

/** Longer than an activity may go without a heartbeat: its successor starts while it sleeps. */
const FREEZE_MS = 11_000;
const AGAIN_MS = 250;

/** Something that goes wrong. */
interface Fault {
  weight: number;
  /** What it hits; nothing is hit by two faults at a time. */
  target: string;
  name: string;
  /** Does it, and puts it right again. */
  strike: (stack: ChaosStack, choose: Chooser) => Promise<void>;
}

const SERVICES = ['parse', 'apply', 'workflows', 'orders', 'api'] as const;

const FAULTS: readonly Fault[] = [
  ...SERVICES.map((id): Fault => ({
    weight: 3,
    target: id,
    name: `kill -9 ${id}`,
    strike: async ({ stack }, choose) => {
      const service = serviceOf(stack.services, id);
      await service.kill();
      await delay(choose.between(0, 2_500));
      await untilDone(() => service.restart());
    },
  })),
  ...(['parse', 'apply'] as const).map((id): Fault => ({
    weight: 0.7,
    target: id,
    name: `freeze ${id} beyond its heartbeat`,
    strike: async ({ stack }, choose) => {
      const { pid } = serviceOf(stack.services, id);
      process.kill(pid, 'SIGSTOP');
      await delay(FREEZE_MS + choose.between(0, 3_000));
      process.kill(pid, 'SIGCONT');
    },
  })),
  {
    weight: 2,
    target: 'temporal',
    name: 'kill -9 Temporal',
    strike: async ({ stack: { temporal } }, choose) => {
      await temporal?.kill();
      await delay(choose.between(0, 4_000));
      await untilDone(async () => temporal?.restart());
    },
  },
  {
    weight: 2,
    target: 'postgres',
    name: 'kill -9 PostgreSQL',
    strike: async ({ stack: { postgres } }, choose) => {
      await postgres?.kill();
      // Now and then longer than the retries last: then parts park.
      await delay(choose.chance(0.3) ? choose.between(4_000, 8_000) : choose.between(0, 1_500));
      await untilDone(async () => postgres?.restart());
    },
  },
  {
    weight: 1,
    target: 'postgres',
    name: 'restart PostgreSQL',
    strike: async ({ stack: { postgres } }) => untilDone(async () => postgres?.restart()),
  },
  {
    weight: 1,
    target: 'postgres',
    name: 'cut all connections',
    strike: async ({ db }) => {
      await db.pool
        .query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'chaos'`,
        )
        .catch(() => undefined);
    },
  },
  ...(['products', 'customers'] as const).map((table): Fault => ({
    weight: 1,
    target: table,
    // No retry heals it, so parts park.
    name: `rename ${table} away`,
    strike: async ({ db }, choose) => {
      await db.pool.query(`ALTER TABLE IF EXISTS ${table} RENAME TO ${table}_away`).catch(() => undefined);
      await delay(choose.between(200, 1_500));
      await untilDone(() => db.pool.query(`ALTER TABLE IF EXISTS ${table}_away RENAME TO ${table}`));
    },
  })),
];

/** A fault that was done. */
export interface DoneFault {
  /** Seconds from the start. */
  at: number;
  name: string;
}

export interface Killer {
  /** What it has done so far. */
  done: readonly DoneFault[];
  /** Does nothing new, and returns when all is put right again. */
  stop: () => Promise<void>;
}

/** Lets one thing after another go wrong, at any instant, until it is stopped. */
export function startKiller(
  stack: ChaosStack,
  seed: number,
  seconds: () => number,
  note: (text: string) => void,
): Killer {
  const done: DoneFault[] = [];
  const underWay = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  async function run(): Promise<void> {
    for (let number = 1; ; number += 1) {
      // The same number is the same fault, whenever it comes.
      const choose = createChooser(seed, `fault ${String(number)}`);
      await delay(choose.between(500, 7_000), undefined, { signal: stopping.signal });
      const fault = choose.weighted(FAULTS);
      if (underWay.has(fault.target)) continue;
      done.push({ at: seconds(), name: fault.name });
      note(`fault: ${fault.name}`);
      const struck = fault.strike(stack, choose).finally(() => underWay.delete(fault.target));
      underWay.set(fault.target, struck);
    }
  }
  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    done,
    async stop() {
      stopping.abort();
      await running;
      await Promise.all(underWay.values());
    },
  };
}

function serviceOf(services: ReadonlyMap<string, ServiceProcess>, id: string): ServiceProcess {
  const service = services.get(id);
  if (service === undefined) throw new Error(`there is no service ${id}`);
  return service;
}

/** What is to be put right may need what is away as well. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await delay(AGAIN_MS);
    }
  }
}
