/** Types of lock.mjs, which is plain JavaScript because the bootstrap runs it on any Node. */

export interface Lock {
  release: () => Promise<void>;
  /** The last owner died with the lock, so what it was doing may be half done. */
  tookOver: boolean;
  /** Names a child that does the work, so that whoever takes over ends it first, should it outlive its parent. */
  workedBy: (pid: number) => Promise<void>;
}

/** Tells a process from another that gets the same id later; undefined when no such process lives. */
export function processStart(pid: number): string | undefined;

/** Waits for the lock and takes it; `onWait` is told once, with the owner's process id, when another process has it. */
export function takeLock(folder: string, onWait?: (owner: number) => void): Promise<Lock>;
