import { readFileSync } from 'node:fs'

/**
 * CPU milliseconds of a process, in steps of 10 (proc_pid_stat(5)).
 *
 * @param withChildren - those of its children that have ended too.
 */
export function processCpuMs(pid: number | 'self', { withChildren = false } = {}): number {
  const columns = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const [user, system, childUser, childSystem] = [11, 12, 13, 14].map(
    (column) => Number(columns[column]) * 10,
  )
  const own = (user ?? Number.NaN) + (system ?? Number.NaN)
  return withChildren ? own + (childUser ?? Number.NaN) + (childSystem ?? Number.NaN) : own
}
