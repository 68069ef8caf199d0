/**
 * Does something soon, at most once in a while however often it is asked for: the first time after a whole while, so that what
 * is asked for until then is in it. Nobody waits for it, and its failures are its own business.
 */
export function createThrottle(everyMs: number): (work: () => Promise<void>) => void {
  let isComing = false;
  return (work) => {
    if (isComing) return;
    isComing = true;
    // The timer keeps the context of the activity in which it was set, and with that its connection to the server.
    const timer = setTimeout(() => {
      isComing = false;
      work().catch(() => undefined);
    }, everyMs);
    timer.unref();
  };
}
