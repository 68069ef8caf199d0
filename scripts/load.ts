import { setTimeout as delay } from 'node:timers/promises';
import { createLocalFolderStorage } from '../adapters/storage/local-folder.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { openDatabase } from '../prisma/client.ts';
import { ordersAddUp } from './invariants/orders-add-up.ts';
import {
  DATA_DIR_FLAG,
  JSON_FLAG,
  print,
  printJson,
  runScript,
  say,
  table,
  UsageError,
  wholeNumber,
} from './lib/cli.ts';
import { dataDirOf, runningStack } from './lib/local-stack.ts';
import { followOrders, makeLoadOrder, percentile, postOrder } from './lib/order-load.ts';
import { signToken } from './lib/sign-token.ts';

const POLL_MS = 50;

await runScript(
  {
    call: 'npm run load --',
    summary:
      'Places orders at a steady rate: 1 to 3 lines of SKU-1 to SKU-100, 1 to 3 pieces each, 10 a piece (samples/products.csv has\n' +
      'them). Then waits for their ends and prints how many were accepted, how they ended, and how long it took from acceptance to\n' +
      'shipping. Where the database can be reached it is checked that everything adds up. RATE, DURATION and ORDER_SERVICE in the\n' +
      "environment do as the flags do. An address with a path is that of an older system's routes: /orders is added to it.",
    flags: {
      rate: { type: 'string', value: 'N', help: 'orders a second (default: 5)' },
      duration: { type: 'string', value: 'SECONDS', help: 'for how long (default: 30)' },
      url: { type: 'string', value: 'URL', help: 'where the API is (default: the local stack)' },
      wait: { type: 'string', value: 'SECONDS', help: 'how long to wait for the last ends (default: 60)' },
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run load -- --rate 5 --duration 30', 'RATE=20 DURATION=60 npm run load'],
  },
  async (flags) => {
    const setting = (flag: string | undefined, name: string, byDefault: string): string =>
      flag ?? (process.env[name] === '' ? undefined : process.env[name]) ?? byDefault;
    const rate = wholeNumber('--rate', setting(flags.rate, 'RATE', '5'), 1, 1_000);
    const seconds = wholeNumber('--duration', setting(flags.duration, 'DURATION', '30'), 1, 86_400);
    const waitSeconds = wholeNumber('--wait', flags.wait ?? '60', 0, 86_400);
    const dataDir = dataDirOf(flags['data-dir']);
    const note = await runningStack(dataDir);
    const url = setting(flags.url, 'ORDER_SERVICE', note?.urls?.api ?? '');
    if (url === '')
      throw new Error(`no stack runs on ${dataDir}: start one with \`npm start\`, or name one with --url`);
    if (!URL.canParse(url)) throw new UsageError(`"${url}" is not a URL`);
    const { pathname, origin } = new URL(url);
    const target = new URL(
      pathname === '/' ? '/api/orders' : `${pathname.replace(/\/$/, '')}/orders`,
      origin,
    );
    const given = process.env.LONGSHORE_TOKEN;
    const token = given === undefined || given === '' ? await signToken(dataDir, 'operator', 'load') : given;

    const follower = await followOrders(origin, token);
    const accepted = new Set<string>();
    const refusals: string[] = [];
    const underWay: Promise<void>[] = [];
    const begin = performance.now();
    for (let number = 0; number < rate * seconds; number += 1) {
      // By the clock, not from one to the next: a slow answer does not lower the rate.
      await delay(Math.max(0, begin + (number * 1_000) / rate - performance.now()));
      underWay.push(
        postOrder(target, token, makeLoadOrder()).then(
          (orderId) => void accepted.add(orderId),
          (error: unknown) => void refusals.push(error instanceof Error ? error.message : String(error)),
        ),
      );
    }
    await Promise.all(underWay);
    const deadline = performance.now() + waitSeconds * 1_000;
    const endedOnes = () => [...accepted].flatMap((id) => follower.ended.get(id) ?? []);
    while (endedOnes().length < accepted.size && performance.now() < deadline) await delay(POLL_MS);
    const took = (performance.now() - begin) / 1_000;
    follower.close();

    const ended = endedOnes();
    const byStatus = Map.groupBy(ended, ({ status }) => status);
    const shipped = (byStatus.get('SHIPPED') ?? []).map(({ milliseconds }) => milliseconds);
    const unbalanced = await checkBooks(process.env.DATABASE_URL ?? note?.urls?.database);
    const result = {
      asked: rate * seconds,
      accepted: accepted.size,
      refused: refusals.length,
      ended: Object.fromEntries([...byStatus].map(([status, orders]) => [status, orders.length])),
      unfinished: accepted.size - ended.length,
      seconds: Number(took.toFixed(1)),
      shippedAfterMs: {
        p50: percentile(shipped, 0.5),
        p95: percentile(shipped, 0.95),
        p99: percentile(shipped, 0.99),
      },
      broken: unbalanced,
    };
    for (const refusal of new Set(refusals.slice(0, 5))) say(refusal);
    if (flags.json === true) printJson(result);
    else {
      const { p50, p95, p99 } = result.shippedAfterMs;
      print(
        [
          `${String(result.accepted)} of ${String(result.asked)} orders accepted in ${String(result.seconds)} s, ${String(result.unfinished)} unfinished`,
          '',
          table(['ended as', 'orders'], Object.entries(result.ended)),
          '',
          table(['accepted to shipped, ms', 'p50', 'p95', 'p99'], [['', p50, p95, p99]]),
          '',
          unbalanced === null
            ? 'not checked whether it adds up: the database is not at hand (DATABASE_URL)'
            : unbalanced.length === 0
              ? 'everything adds up (I3)'
              : ['BROKEN (I3):', ...unbalanced].join('\n  '),
        ].join('\n'),
      );
    }
    if (refusals.length > 0 || result.unfinished > 0 || (unbalanced ?? []).length > 0) process.exitCode = 1;
  },
);

/** @returns what does not add up; null where the database is not known */
async function checkBooks(databaseUrl: string | undefined): Promise<string[] | null> {
  if (databaseUrl === undefined || databaseUrl === '') return null;
  const db = openDatabase({
    url: databaseUrl,
    applicationName: 'load',
    maxConnections: 1,
    statementTimeoutMs: 60_000,
    onError: () => undefined,
  });
  // The rule looks at the database only; nothing else is connected to or opened until it is used.
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    TEMPORAL_NAMESPACE: 'default',
  });
  try {
    return await ordersAddUp.check({ db, temporal, storage: createLocalFolderStorage('') });
  } finally {
    await temporal.connection.close();
    await db.close();
  }
}
