import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { processMetrics } from '../processes.ts'
import { ask, dearEveryMs, known, type PackageDoor, packageDeadlineMs } from './system-information.ts'

const statusAttributes = (status: string) => ({ 'system.process.status': status })

const byStatus = {
  running: statusAttributes('running'),
  sleeping: statusAttributes('sleeping'),
  blocked: statusAttributes('blocked'),
} as const
const other = statusAttributes('other')

/** How many processes there are: all of them, and by status, which Windows does not tell. */
export function portableProcessesSource(door: PackageDoor): Source {
  return {
    name: 'processes',
    metrics: [processMetrics.count],
    everyMs: dearEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const answer = await ask(door, 'processes', (information) => information.processes())
      const readings = new Readings()
      // The process that asks is one: none at all is what the package says when it could not list them.
      const all = answer.all === 0 ? Number.NaN : known(answer.all)
      readings.add(processMetrics.count, all)
      if (door.platform === 'win32' || Number.isNaN(all)) return readings
      for (const [status, attributes] of Object.entries(byStatus))
        readings.add(processMetrics.count, known(answer[status as keyof typeof byStatus]), attributes)
      const rest = all - answer.running - answer.sleeping - answer.blocked
      readings.add(processMetrics.count, known(rest), other)
      return readings
    },
  }
}
