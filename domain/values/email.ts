import { regexes } from 'zod/v4/core';

/** Whether a text is an email address, by the rule of the schema library that also guards the API. */
export function isEmail(text: string): boolean {
  return regexes.email.test(text);
}
