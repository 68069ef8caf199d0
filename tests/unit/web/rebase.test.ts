import { describe, expect, test } from 'vitest';
import { changedValues, rebase } from '../../../web/src/records/rebase.ts';

describe('a form whose record was changed meanwhile', () => {
  const before = { name: 'Mug', price: '10.00', stock: '3', active: true };

  test('takes what others changed where nothing was typed, and keeps what was', () => {
    const now = { name: 'Mug', price: '11.00', stock: '4', active: false };
    const typed = { ...before, price: '12' };
    expect(rebase(before, now, typed)).toEqual({
      texts: { name: 'Mug', price: '12', stock: '4', active: false },
      meanwhile: [
        { name: 'price', before: '10.00', theirs: '11.00', mine: '12' },
        { name: 'stock', before: '3', theirs: '4', mine: null },
        { name: 'active', before: true, theirs: false, mine: null },
      ],
    });
  });

  test('says nothing of a field in which both wrote the same', () => {
    const now = { ...before, stock: '4' };
    expect(rebase(before, now, now)).toEqual({ texts: now, meanwhile: [] });
  });

  test('leaves alone what only the form changed', () => {
    const typed = { ...before, name: 'Cup' };
    expect(rebase(before, before, typed)).toEqual({ texts: typed, meanwhile: [] });
  });
});

test('only what was changed is sent, and what was emptied as null', () => {
  expect(
    changedValues(
      { name: 'Mug', description: 'Blue', active: true },
      { name: 'Mug', description: ' ', active: false },
    ),
  ).toEqual({ description: null, active: false });
});

test('of a new record what is filled in is sent', () => {
  expect(changedValues({}, { name: 'Mug', description: '', active: true })).toEqual({
    name: 'Mug',
    active: true,
  });
});
