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
