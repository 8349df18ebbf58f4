import { type Clock, sleep } from '../../system/clock.ts'
import type { ProcessFiles, ProcessStat } from './process-files.ts'

/** Files read at a stretch: about half a millisecond. */
const batchSize = 128
/** Of more processes than this the rest is not looked at. */
const maxProcesses = 32_768

/** What a scan of the process table looked at. */
export interface ProcessScan {
  /** Processes that were listed and had ended when their turn came. */
  readonly gone: number
  /** Those that could not be read, or are past the bound. */
  readonly skipped: number
}

/** Visits all processes, in batches: whatever else waits for this thread has its turn between two of them. */
export async function scanProcesses(
  { files, clock, pids }: { files: ProcessFiles; clock: Clock; pids: readonly string[] },
  visit: (stat: ProcessStat, pid: string) => void,
): Promise<ProcessScan> {
  const end = Math.min(pids.length, maxProcesses)
  let gone = 0
  let skipped = pids.length - end
  for (let at = 0; at < end; at += batchSize) {
    if (at > 0) await sleep(clock, 0)
    for (const pid of pids.slice(at, Math.min(at + batchSize, end))) {
      const stat = files.stat(pid)
      if (stat === 'gone') gone += 1
      else if (stat === 'unreadable') skipped += 1
      else visit(stat, pid)
    }
  }
  return { gone, skipped }
}
