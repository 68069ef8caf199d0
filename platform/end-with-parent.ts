/**
 * Ends this process in good order when the process that started it has gone, even by SIGKILL: the operating system closes
 * the IPC channel between the two then. Does nothing in a process that was started without such a channel.
 */
export function endWithParent(): void {
  if (process.channel == null) return;
  // The same way as an orderly stop, so that there is one way only.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening alone must not keep a process alive that has nothing left to do.
  process.channel.unref();
}
