import { describe, expect, test } from 'vitest';
import { priceOrder } from '../../../domain/orders/price-order.ts';

const line = (quantity: number, unitPrice: string | null, isGiven = false) => ({
  quantity,
  unitPrice,
  isGiven,
});

describe('what an order costs', () => {
  test('is exact to the last digit', () => {
    expect(priceOrder([line(3, '0.1'), line(7, '19.9999'), line(1_000_000, '123456789.0001')], null)).toEqual(
      {
        total: '123456789000240.2993',
      },
    );
  });

  test('is not known while a price is not', () => {
    expect(priceOrder([line(1, '5'), line(1, null)], '99')).toEqual({ total: null });
  });

  test('is what the caller says, when that is the sum, however it is written', () => {
    expect(priceOrder([line(2, '10.00')], '20')).toEqual({ total: '20.0000' });
    expect(priceOrder([line(2, '10.00')], '19.9999')).toEqual({
      problem: { code: 'total_mismatch', expected: '20.0000' },
    });
  });

  test('is what the caller says where all prices are his', () => {
    expect(priceOrder([line(2, '10', true)], '24.8')).toEqual({ total: '24.8000' });
    expect(priceOrder([line(2, '10', true), line(1, '1')], '24.8')).toMatchObject({
      problem: { code: 'total_mismatch' },
    });
  });

  test('is refused where it can not be kept', () => {
    expect(priceOrder([line(1_000_000, '999999999999999.9999')], null)).toEqual({
      problem: { code: 'out_of_range' },
    });
  });
});
