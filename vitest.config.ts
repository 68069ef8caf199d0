import { defineConfig } from 'vitest/config';

/**
 * Tests by what they need: nothing, a real PostgreSQL, or PostgreSQL and a real Temporal server. Each group uses the
 * cheapest honest environment; nothing is shared with a stack that runs on the same machine.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // Waiting is by conditions; this bounds a condition that never comes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Of the developer's own stack, which tests must never reach. An empty variable counts as not set.
    env: Object.fromEntries(
      [
        ...[
          'DATABASE_URL',
          'TEMPORAL_ADDRESS',
          'TEMPORAL_NAMESPACE',
          'TEMPORAL_UI_URL',
          'STORAGE_DIR',
          'STORAGE_URL',
          'PORT',
        ],
        ...['AUTH_SECRET', 'LONGSHORE_URL', 'LONGSHORE_TOKEN'],
      ].map((name) => [name, '']),
    ),
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/unit/**/*.test.ts', 'tests/architecture/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: [
            'tests/activities/**/*.test.ts',
            'tests/http/**/*.test.ts',
            'tests/database/**/*.test.ts',
          ],
          globalSetup: 'tests/support/postgres-setup.ts',
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'temporal',
          include: ['tests/{workflows,e2e,stack,faults}/**/*.test.ts'],
          globalSetup: 'tests/support/postgres-setup.ts',
          // Each file starts a Temporal server and workers of its own; two cores carry one such set.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          // A real browser before a real stack; skipped aloud where no browser is.
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: 'tests/support/postgres-setup.ts',
          fileParallelism: false,
          // After the others: a browser and a whole stack need the machine for themselves.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Two of each process, S3 and a production Temporal server: `npm run test:cluster`.
          name: 'cluster',
          include: ['tests/cluster/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          // Minutes each: `npm run test:long`.
          name: 'long',
          include: ['tests/long/**/*.test.ts'],
          globalSetup: 'tests/support/postgres-setup.ts',
          fileParallelism: false,
        },
      },
    ],
  },
});
