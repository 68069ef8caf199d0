/** A workflow that does nothing: what the engine alone can do. */
export function emptyWorkflow(): Promise<void> {
  return Promise.resolve();
}
