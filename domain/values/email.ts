import isEmailModule from 'validator/lib/isEmail.js';

/**
 * Most addresses there are: the validator takes all of them (a test holds that), but needs twenty times as long, and this runs
 * for each of millions of rows. At this length no part of an address can be too long.
 */
const COMMON = /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}$/;
const MAX_COMMON_LENGTH = 64;

/** Whether a text is an email address: one `@`, a domain with a dot, letters of any script; 64 before the `@`, 254 in all. */
export function isEmail(text: string): boolean {
  return (text.length <= MAX_COMMON_LENGTH && COMMON.test(text)) || isEmailModule.default(text);
}

const MAILTO = /^mailto:/i;
const NAMED = /^([^<>]*)<([^<>]*)>$/;

/**
 * The address in a link (`mailto:ada@example.com`) or behind a name (`Ada <ada@example.com>`); any other text as it is, and also
 * one whose name is another address: it does not say which of the two is meant.
 */
export function unwrapEmail(text: string): string {
  if (!text.endsWith('>')) return text.replace(MAILTO, '');
  const [, name, inner] = NAMED.exec(text) ?? [];
  if (name === undefined || inner === undefined) return text;
  const address = inner.trim().replace(MAILTO, '');
  const isAnother = name.includes('@') && !namesItself(name, address);
  return isAnother ? text : address;
}

/** Whether the name is the address once more, in quotes perhaps, as mail programs write it. */
function namesItself(name: string, address: string): boolean {
  return name.replaceAll(/["']/g, '').trim().toLowerCase() === address.toLowerCase();
}

/** Whether a text has more than one address. */
export function hasSeveralEmails(text: string): boolean {
  return text.split(/[\s;,]+/).filter((part) => part.includes('@')).length > 1;
}
