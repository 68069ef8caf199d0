import type { CreateOrderBody } from '../../contracts/http/order.ts';
import type { FieldProblem } from '../../contracts/http/problem.ts';
import { ROW_ERRORS } from '../../contracts/errors.ts';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import { cleanText } from '../../domain/values/clean-text.ts';
import { parseDecimal, writeNumber } from '../../domain/values/decimal.ts';
import { isEmail } from '../../domain/values/email.ts';
import { HttpProblem } from '../http/http-problem.ts';

/**
 * An order as somebody asks for it, in the form in which the rules take it.
 *
 * @param currency of an order that does not say
 * @throws {HttpProblem} `invalid`, with a line for each field that breaks a rule
 */
export function toNewOrder(body: CreateOrderBody, currency: string): NewOrder {
  const errors: FieldProblem[] = [];
  const refuse = (pointer: string, code: keyof typeof ROW_ERRORS): void => {
    errors.push({ pointer, code, detail: ROW_ERRORS[code] });
  };
  const money = (given: string | number | undefined, pointer: string): string | null => {
    if (given === undefined) return null;
    const parsed = parseDecimal(typeof given === 'number' ? writeNumber(given) : given);
    if ('code' in parsed) refuse(pointer, parsed.code);
    else if (parsed.text.startsWith('-')) refuse(pointer, 'negative');
    else return parsed.text;
    return null;
  };
  const email = body.email === undefined ? null : cleanText(body.email);
  if (email !== null && !isEmail(email)) refuse('#/email', 'invalid_email');
  const order: NewOrder = {
    orderId: body.orderId ?? null,
    lines: body.items.map(({ sku, qty, unitPrice }, index) => {
      const cleaned = cleanText(sku);
      if (cleaned === '') refuse(`#/items/${String(index)}/sku`, 'required');
      return {
        sku: cleaned,
        quantity: qty,
        unitPrice: money(unitPrice, `#/items/${String(index)}/unitPrice`),
      };
    }),
    total: money(body.total, '#/total'),
    currency: body.currency ?? currency,
    email,
    paymentToken: body.payment?.token ?? null,
    shippingService: body.shipping?.service ?? null,
  };
  const [first] = errors;
  if (first === undefined) return order;
  const detail =
    errors.length === 1
      ? `${first.pointer.slice(2)}: ${first.detail}`
      : `Several fields break a rule: ${errors.map(({ pointer }) => pointer.slice(2)).join(', ')}.`;
  throw new HttpProblem('invalid', detail, { errors });
}
