import type { Role } from '../../contracts/words.ts';
import { createTokens } from '../../platform/tokens.ts';
import { authSecret } from './local-stack.ts';

/**
 * Signs a token for the API of the local stack.
 *
 * @param subject who acts; shown with what was done
 * @param lifeSeconds from now on
 */
export async function signToken(
  dataDir: string,
  role: Role,
  subject = `local-${role}`,
  lifeSeconds = 12 * 60 * 60,
): Promise<string> {
  return createTokens(await authSecret(dataDir)).sign(subject, role, lifeSeconds);
}

/**
 * Makes an address that signs a browser in to the local stack, once. What it carries stands behind the `#`, which browsers
 * do not send: it is in no log.
 */
export async function signInLink(
  apiUrl: string,
  dataDir: string,
  role: Role,
  subject = `local-${role}`,
  lifeSeconds = 12 * 60 * 60,
): Promise<string> {
  const link = await createTokens(await authSecret(dataDir)).signLink(subject, role, lifeSeconds);
  return `${apiUrl}/sign-in#${link}`;
}
