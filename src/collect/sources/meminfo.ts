import type { KernelText } from '../kernel/kernel-file.ts'

/** `/proc/meminfo` in bytes: its `kB` are KiB. */
export interface Meminfo {
  /** `NaN` for a name the kernel does not give, or gives without that unit: as a count of pages, not a size. */
  bytes(name: string): number
  /** A count; `NaN` for a name the kernel does not give. */
  count(name: string): number
}

export function parseMeminfo(text: KernelText): Meminfo {
  return {
    bytes(name) {
      const cursor = text.after(`${name}:`)
      if (cursor === undefined) return Number.NaN
      const kibibytes = cursor.wholeNumber()
      return cursor.word() === 'kB' ? kibibytes * 1024 : Number.NaN
    },
    count: (name) => text.count(`${name}:`),
  }
}
