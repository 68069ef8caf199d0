/** How often a condition is looked at, in milliseconds; the test's own time-out bounds the wait. */
const POLL_MS = 20;

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
