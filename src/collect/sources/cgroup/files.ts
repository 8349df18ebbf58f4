import { KernelFile, type KernelText } from '../../kernel/kernel-file.ts'
import { readOrSkip } from '../../kernel/read-or-skip.ts'
import { sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import type { Readings } from '../../readings.ts'
import type { Cgroup, Cgroups, Controller } from './locate.ts'

/** The counters of the cgroups of this process, whichever version each is of. What is counted comes by name. */
export class CgroupFiles {
  readonly #cgroups: Cgroups
  readonly #files = new Map<string, KernelFile>()

  constructor(cgroups: Cgroups) {
    this.#cgroups = cgroups
  }

  cgroup(controller: Controller): Cgroup | undefined {
    return this.#cgroups.get(controller)
  }

  /** A file of the cgroup of a controller: it stays open, for it is read each tick. */
  file(controller: Controller, name: string): KernelFile {
    const path = `${this.#cgroups.get(controller)?.path}/${name}`
    const file = this.#files.get(path) ?? new KernelFile(path)
    this.#files.set(path, file)
    return file
  }

  /** Undefined when there is no such cgroup or file. */
  text(controller: Controller, name: string, readings: Readings): KernelText | undefined {
    if (!this.#cgroups.has(controller)) return undefined
    return readOrSkip(this.file(controller, name), readings)
  }

  /** A file of one number: undefined when there is no such file, `NaN` for any other text. */
  number(controller: Controller, name: string, readings: Readings): number | undefined {
    return this.text(controller, name, readings)?.cursor().wholeNumber()
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
  }
}

/** The least of one limit of a cgroup and all above it, by what `parse` makes of the text; `Infinity` where none is set. */
export function leastLimit(cgroup: Cgroup | undefined, parse: (path: string) => number): number {
  const limits = (cgroup?.pathsUp ?? []).map(parse).filter((limit) => limit >= 0)
  return Math.min(Number.POSITIVE_INFINITY, ...limits)
}

/** The text of the nearest cgroup, upwards, that has the file and something in it. */
export function nearestText(cgroup: Cgroup | undefined, name: string): string | undefined {
  for (const path of cgroup?.pathsUp ?? []) {
    const text = sysfsTextIfThere(`${path}/${name}`)
    if (text) return text
  }
  return undefined
}
