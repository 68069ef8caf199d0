import { startSimulatorServer } from '../adapters/simulator/server.ts';
import { onStopSignal } from '../platform/stop-signal.ts';
import { print, runScript, say, wholeNumber } from './lib/cli.ts';

await runScript(
  {
    call: 'npm run simulator --',
    summary:
      'Serves the simulators of payments and parcels over HTTP, until it is stopped. GET /ledger says what was really taken, given\n' +
      'back and shipped. It asks nobody who he is. Settings that lead to it: PAYMENTS_PROVIDER=simulator-http, PAYMENTS_URL,\n' +
      'CARRIER_PROVIDER=simulator-http, CARRIER_URL.',
    flags: {
      port: { type: 'string', value: 'PORT', help: 'where it listens (default: 3900; 0 for any free port)' },
      host: { type: 'string', value: 'ADDRESS', help: 'the address to listen on (default: 127.0.0.1)' },
    },
    examples: ['npm run simulator', 'npm run simulator -- --port 4000'],
  },
  async (flags) => {
    const port = wholeNumber('--port', flags.port ?? '3900', 0, 65_535);
    const server = await startSimulatorServer(flags.host, port);
    print(server.url);
    await new Promise<void>((resolve) => {
      onStopSignal(resolve);
    });
    say('stopping');
    await server.close();
  },
);
