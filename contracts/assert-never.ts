/** For the end of a switch over a union: a new member that nobody handles is a compile error, and an error at run time. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
