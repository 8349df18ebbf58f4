import { linesOf } from './kernel-text.ts'

/** `/proc/meminfo` in bytes. */
export interface Meminfo {
  /** `NaN` for a name the kernel does not give. */
  bytes(name: string): number
  readonly skipped: number
}

/** Reads `/proc/meminfo`: its `kB` are KiB. Lines without that unit are counts of pages, not sizes. */
export function parseMeminfo(text: string): Meminfo {
  const sizes = new Map<string, number>()
  let skipped = 0
  for (const line of linesOf(text)) {
    const [, name, value, unit] = /^(\S+):\s+(\d+)( kB)?$/.exec(line) ?? []
    if (name === undefined) skipped += 1
    else if (unit !== undefined) sizes.set(name, Number(value) * 1024)
  }
  return { bytes: (name) => sizes.get(name) ?? Number.NaN, skipped }
}
