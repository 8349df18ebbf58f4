import { setPriority } from 'node:os'

/** The nice value of a process that takes what nobody else wants. */
const lowest = 19

/** Gives a process that was just started the lowest priority, and so all that it starts. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, lowest)
  } catch {
    // It has ended already, or the system does not let us: it runs as it is.
  }
}
