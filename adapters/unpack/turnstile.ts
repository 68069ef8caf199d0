/** Lets one of several callers do something at a time, in the order in which they came. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const done = before.then(work);
    this.#last = done.then(ignore, ignore);
    return done;
  }
}

function ignore(): void {
  // Whoever asked for the work hears how it ended; the next one only that it did.
}
