/** Calls back on the first request to stop, whichever way it comes; a second one ends the process at once. */
export function onStopSignal(stop: () => void): void {
  let asked = false;
  const listener = (): void => {
    if (asked) process.exit(1);
    asked = true;
    stop();
  };
  process.on('SIGTERM', listener);
  process.on('SIGINT', listener);
}
