import { readdir, readFile } from 'node:fs/promises';

/** The kernel counts time in hundredths of a second for programs, whatever it does itself. */
const TICKS_PER_SECOND = 100;

/**
 * The most memory that a process has had since it started, in megabytes (VmHWM).
 *
 * @returns undefined where the operating system does not tell (it does on Linux)
 */
export async function peakMemoryMb(pid: number): Promise<number | undefined> {
  const status = await readOrNothing(`/proc/${String(pid)}/status`);
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}

/** Processor time that a process and its children have used, in seconds; 0 where the operating system does not tell. */
export async function processorSeconds(pid: number): Promise<number> {
  const times = await readTimes(pid);
  if (times === undefined) return 0;
  const children = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((name) => readTimes(Number(name))),
  );
  const running = children.filter((child) => child?.parent === pid);
  return running.reduce((sum, child) => sum + (child?.own ?? 0), times.own + times.ended) / TICKS_PER_SECOND;
}

interface Times {
  parent: number;
  own: number;
  /** Of children that have ended. */
  ended: number;
}

/** Source: proc_pid_stat(5). The name of the program, in brackets, may hold anything. */
async function readTimes(pid: number): Promise<Times | undefined> {
  const stat = await readOrNothing(`/proc/${String(pid)}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system, endedUser, endedSystem] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]));
  if (endedSystem === undefined || Number.isNaN(endedSystem)) return undefined;
  return {
    parent: parent ?? 0,
    own: (user ?? 0) + (system ?? 0),
    ended: (endedUser ?? 0) + endedSystem,
  };
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
