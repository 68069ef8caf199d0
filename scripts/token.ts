import { ROLES } from '../contracts/words.ts';
import { DATA_DIR_FLAG, oneOf, print, runScript, UsageError } from './lib/cli.ts';
import { dataDirOf, runningStack } from './lib/local-stack.ts';
import { signInLink, signToken } from './lib/sign-token.ts';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const LONGEST_SECONDS = 366 * SECONDS.d;

await runScript(
  {
    call: 'npm run -s token --',
    summary:
      "Prints a token for the API of the local stack, and nothing else. Signed with AUTH_SECRET, or the data folder's secret.",
    flags: {
      role: { type: 'string', value: 'ROLE', help: `${ROLES.join(', ')} (default: operator)` },
      subject: {
        type: 'string',
        value: 'NAME',
        help: 'who acts; shown with what was done (default: local-ROLE)',
      },
      expires: {
        type: 'string',
        value: 'TIME',
        help: 'for how long it is good: 30m, 12h, 7d (default: 12h)',
      },
      link: { type: 'boolean', help: 'prints an address instead, which signs a browser in, once' },
      'data-dir': DATA_DIR_FLAG,
    },
    examples: [
      'npm run -s token -- --role operator',
      'npm run -s token -- --link',
      'curl -H "Authorization: Bearer $(npm run -s token -- --role viewer)" http://127.0.0.1:3000/api/jobs',
    ],
  },
  async (flags) => {
    const role = oneOf('--role', flags.role ?? 'operator', ROLES);
    const lifeSeconds = secondsOf(flags.expires ?? '12h');
    if (flags.subject?.trim() === '') throw new UsageError('--subject must not be empty');
    const dataDir = dataDirOf(flags['data-dir']);
    if (flags.link === true) {
      const stack = await runningStack(dataDir);
      if (stack?.urls == null) throw new Error(`no stack runs on ${dataDir}; start it with \`npm start\``);
      print(await signInLink(stack.urls.api, dataDir, role, flags.subject, lifeSeconds));
      return;
    }
    // Where no stack has started yet the secret is made now; the first start takes it over.
    print(await signToken(dataDir, role, flags.subject, lifeSeconds));
  },
);

function secondsOf(text: string): number {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
    throw new UsageError(`--expires must be a time such as 30m, 12h or 7d, at most 366d, not "${text}"`);
  }
  return seconds;
}
