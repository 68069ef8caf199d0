/** Prices are numeric(19,4): at most 15 digits before the point and 4 after it. */
const MAX_INTEGER_DIGITS = 15;
const MAX_DECIMALS = 4;

const PLAIN_DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

export type DecimalResult = { text: string } | { code: 'invalid_number' | 'too_precise' | 'out_of_range' };

/**
 * Reads a decimal number without ever making a float of it.
 *
 * @returns its digits in one form, for example `-12.5` for `-012.50`
 */
export function parseDecimal(input: string): DecimalResult {
  const match = PLAIN_DECIMAL.exec(input);
  const integer = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || (integer === '' && fraction === '')) return { code: 'invalid_number' };
  const digits = integer.replace(/^0+(?=\d)/, '') || '0';
  const decimals = fraction.replace(/0+$/, '');
  if (decimals.length > MAX_DECIMALS) return { code: 'too_precise' };
  if (digits.length > MAX_INTEGER_DIGITS) return { code: 'out_of_range' };
  const text = decimals === '' ? digits : `${digits}.${decimals}`;
  return { text: match[1] === '-' && /[1-9]/.test(text) ? `-${text}` : text };
}

/** A decimal as answers show it: at least two decimals, and no further zeros at the end. */
export function formatMoney(text: string): string {
  const [integer = '0', fraction = ''] = text.split('.');
  return `${integer}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** A number as a text without an exponent; its decimals end after the twentieth, which is more than can be kept. */
export function writeNumber(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) < 1 ? value.toFixed(20) : BigInt(value).toString();
}

/** Whether two numbers, as JSON writes them, are the same to the last digit. */
export function isSameNumber(one: string, other: string): boolean {
  const [first, second] = [digitsOf(one), digitsOf(other)];
  return first.digits === second.digits && first.exponent === second.exponent;
}

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Its digits without zeros at either end, and by how many places the point stands behind the first. */
function digitsOf(text: string): { digits: string; exponent: number } {
  const [, integer = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const all = integer + fraction;
  const digits = all.replace(/^0+/, '');
  const leading = all.length - digits.length;
  const significant = digits.replace(/0+$/, '');
  return {
    digits: significant,
    exponent: significant === '' ? 0 : integer.length - leading + Number(exponent),
  };
}
