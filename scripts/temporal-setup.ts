import { loadTemporalSettings } from '../platform/config.ts';
import { JSON_FLAG, print, printJson, runScript, wholeNumber } from './lib/cli.ts';
import { ensureNamespace, waitForTemporal } from './stack/temporal-namespace.ts';
import { readNamespace, registerSearchAttributes } from './stack/temporal-server.ts';

const DEFAULT_WAIT_SECONDS = 120;
const LONGEST_WAIT_SECONDS = 3_600;

await runScript(
  {
    call: 'npm run temporal:setup --',
    summary:
      'Prepares the Temporal server of TEMPORAL_ADDRESS (default: 127.0.0.1:7233) with what temporal-config/ says: the namespace\n' +
      '(TEMPORAL_NAMESPACE, when set), its retention, the search attributes. What is there already stays; safe to repeat.',
    flags: {
      wait: {
        type: 'string',
        value: 'SECONDS',
        help: `how long to wait for the server, at most (default: ${String(DEFAULT_WAIT_SECONDS)})`,
      },
      json: JSON_FLAG,
    },
    examples: [
      'TEMPORAL_ADDRESS=temporal.internal:7233 npm run temporal:setup',
      'npm run temporal:setup -- --wait 10 --json',
    ],
  },
  async (flags) => {
    const waitSeconds =
      flags.wait === undefined
        ? DEFAULT_WAIT_SECONDS
        : wholeNumber('--wait', flags.wait, 0, LONGEST_WAIT_SECONDS);
    const settings = loadTemporalSettings();
    const { TEMPORAL_ADDRESS: address } = settings;
    const namespace = setting('TEMPORAL_NAMESPACE') ?? (await readNamespace()).name;

    await waitForTemporal(address, waitSeconds * 1_000, settings);
    const { outcome, retentionDays } = await ensureNamespace(address, namespace, settings);
    const searchAttributes = await registerSearchAttributes(address, namespace, settings);
    if (flags.json === true) {
      printJson({ address, namespace, outcome, retentionDays, searchAttributes });
      return;
    }
    const kept = `closed workflows are kept for ${String(retentionDays)} days`;
    print(`namespace ${namespace} on ${address}: ${outcome.replace('-', ' ')}; ${kept}`);
    print(
      searchAttributes.length === 0
        ? 'search attributes: all there'
        : `search attributes: registered ${searchAttributes.join(', ')}`,
    );
  },
);

function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
