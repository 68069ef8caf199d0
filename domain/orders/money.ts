/** Money is counted in ten-thousandths, the finest that the database keeps: whole numbers, so that nothing is ever rounded. */
const DECIMALS = 4;

/** The largest amount that numeric(19,4) holds. */
const MAX_UNITS = 10n ** 19n - 1n;

/** @param decimal digits with at most four decimals, as {@link parseDecimal} gives them */
export function toUnits(decimal: string): bigint {
  const [integer = '0', fraction = ''] = decimal.split('.');
  return BigInt(integer + fraction.padEnd(DECIMALS, '0'));
}

/** @returns a decimal with four decimals, as the database writes it */
export function fromUnits(units: bigint): string {
  const digits = units.toString().padStart(DECIMALS + 1, '0');
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

/** Whether an amount can be kept. */
export function isKeepable(units: bigint): boolean {
  return units >= 0n && units <= MAX_UNITS;
}
