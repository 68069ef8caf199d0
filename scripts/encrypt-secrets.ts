import { loadEncryptionKeys } from '../platform/config.ts';
import { resealWebhookSecret } from '../platform/webhook-secrets.ts';
import { inTransaction, openDatabase } from '../prisma/client.ts';
import { resealSecrets } from '../prisma/repositories/webhook-endpoints.ts';
import { DATA_DIR_FLAG, print, runScript } from './lib/cli.ts';
import { withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run secrets:encrypt --',
    summary:
      'Encrypts the secrets of webhooks in the database with the first key of ENCRYPTION_KEYS: those that are plain text, and those\n' +
      'of an earlier key. Without ENCRYPTION_KEYS there is nothing to do. docs/security.md tells when to run it.',
    flags: { 'data-dir': DATA_DIR_FLAG },
    examples: ['ENCRYPTION_KEYS=new:...,old:... npm run secrets:encrypt'],
  },
  async (flags) => {
    const keys = loadEncryptionKeys();
    if (keys === undefined) throw new Error('ENCRYPTION_KEYS is not set: there is nothing to encrypt with');
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const db = openDatabase({
        url,
        applicationName: 'encrypt-secrets',
        maxConnections: 1,
        statementTimeoutMs: 60_000,
        onError: () => undefined,
      });
      try {
        const changed = await inTransaction(db.pool, (client) =>
          resealSecrets(client, (kept) => resealWebhookSecret(keys, kept)),
        );
        print(
          `${String(changed)} endpoints: their secrets are encrypted with the key ${keys.current.id} now`,
        );
      } finally {
        await db.close();
      }
    });
  },
);
