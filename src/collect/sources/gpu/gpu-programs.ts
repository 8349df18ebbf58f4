import type { Readings } from '../../readings.ts'
import { gpuMemoryMetrics } from './gpu-metrics.ts'
import type { GpuProcess, GpuReading } from './gpu-reading.ts'
import { attributeText, type KnownGpu } from './known-gpu.ts'

const maxPrograms = 16
const rest = 'other'
const nameAttribute = 'process.executable.name'

/** Adds how many programs use the GPU, and the memory of each by name. */
export function addPrograms(readings: Readings, known: KnownGpu, { processes }: GpuReading): void {
  if (processes === undefined) return
  readings.add(gpuMemoryMetrics.programs, processes.length, known.attributes)
  const usage = boundedUsage(processes)
  for (const [name, bytes] of usage)
    readings.add(gpuMemoryMetrics.programUsage, bytes, known.with(nameAttribute, name))
  known.keepOnly(nameAttribute, new Set(usage.keys()))
}

/** Bytes by the name of the program: of those that use most; the rest is one more. */
function boundedUsage(processes: readonly GpuProcess[]): ReadonlyMap<string, number> {
  const byName = new Map<string, number>()
  for (const { name, usedBytes } of processes) {
    if (usedBytes === undefined || !Number.isFinite(usedBytes) || usedBytes < 0) continue
    const key = programName(name)
    byName.set(key, (byName.get(key) ?? 0) + usedBytes)
  }
  if (byName.size <= maxPrograms) return byName
  const ordered = [...byName].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const bounded = new Map(ordered.slice(0, maxPrograms - 1))
  for (const [, bytes] of ordered.slice(maxPrograms - 1)) bounded.set(rest, (bounded.get(rest) ?? 0) + bytes)
  return bounded
}

/** The last part of a path of any system. */
function programName(path = ''): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).trim()
  return attributeText(name) || 'unknown'
}
