import { readFile } from 'node:fs/promises';

/**
 * The most memory that a process has had since it started, in megabytes (VmHWM).
 *
 * @returns undefined where the operating system does not tell (it does on Linux)
 */
export async function peakMemoryMb(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}
