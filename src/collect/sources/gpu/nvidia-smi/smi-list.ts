/** Reads `nvidia-smi -L`, which alone tells the profiles and the UUIDs of MIG devices. */

interface MigName {
  readonly uuid: string
  /** As `1g.10gb`. */
  readonly profile: string
}

/** By the UUID of the GPU, then by the index of the MIG device on it. */
export type MigNames = ReadonlyMap<string, ReadonlyMap<number, MigName>>

const gpuPattern = /^GPU \d+: .*\(UUID: (GPU-[^\s)]+)\)/
const migPattern = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[^)]+)\)/

/** Never throws: a line that is neither is passed over. */
export function parseSmiList(text: string): MigNames {
  const names = new Map<string, Map<number, MigName>>()
  let current = new Map<number, MigName>()
  for (const line of text.split('\n')) {
    const gpu = gpuPattern.exec(line)?.[1]
    if (gpu !== undefined) {
      current = new Map()
      names.set(gpu, current)
    }
    const [, profile, index, uuid] = migPattern.exec(line) ?? []
    if (profile !== undefined && uuid !== undefined) current.set(Number(index), { uuid, profile })
  }
  return names
}
