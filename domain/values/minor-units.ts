/**
 * Decimals of currencies that do not have two: ISO 4217, column "minor unit" of list one (active codes).
 */
const DECIMALS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
      [3, 'BHD IQD JOD KWD LYD OMR TND'],
      [4, 'CLF UYW'],
    ] as const
  ).flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, decimals])),
);

/** How many decimals amounts of a currency have. @param currency an ISO 4217 code */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/**
 * An amount in the smallest unit of its currency, without ever making a float of it.
 *
 * @param amount a decimal such as `20.00`, not negative
 * @returns null when it has more decimals than the currency, or is beyond what a number holds exactly
 */
export function toMinorUnits(amount: string, decimals: number): number | null {
  const [, integer, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (integer === undefined || /[1-9]/.test(fraction.slice(decimals))) return null;
  const units = Number(integer + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return Number.isSafeInteger(units) ? units : null;
}
