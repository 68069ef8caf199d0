import { z } from 'zod';

const MAX_PAGE_SIZE = 100;
/** Whatever is behind it has no records. */
const MAX_PAGE = 1_000_000_000;

function wholeNumber(max: number, byDefault: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(max))
    .default(byDefault);
}

/** The query of lists that are read by the number of the page. @param size items on a page when the request does not say */
export function pageQueryOf(size: number) {
  return { page: wholeNumber(MAX_PAGE, 1), page_size: wholeNumber(MAX_PAGE_SIZE, size) };
}
