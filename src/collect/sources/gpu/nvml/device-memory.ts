import type { GpuMemory } from '../gpu-reading.ts'
import { type HandleCalls, query } from './handle-calls.ts'
import { memoryV1, memoryV2 } from './nvml-facts.ts'
import type { Scratch } from './scratch.ts'

const queries = {
  v2: query('nvmlDeviceGetMemoryInfo_v2'),
  v1: query('nvmlDeviceGetMemoryInfo'),
}

/**
 * The memory of a GPU or of an instance. Before the second version of the function there is no telling what the
 * driver keeps for itself, and it counts as used: then `usedBytes` is left out, for it would be some hundred megabytes
 * too high. Total and free are right in both.
 */
export function readMemory(calls: HandleCalls): GpuMemory | undefined {
  const { scratch } = calls.context
  scratch.setWord(0, memoryV2.version)
  if (calls.ask(queries.v2)) {
    return memory(scratch, memoryV2.total, memoryV2.free, memoryV2.used, memoryV2.reserved)
  }
  return calls.ask(queries.v1) ? memory(scratch, memoryV1.total, memoryV1.free) : undefined
}

function memory(
  scratch: Scratch,
  total: number,
  free: number,
  used?: number,
  reserved?: number,
): GpuMemory | undefined {
  const totalBytes = scratch.long(total)
  const freeBytes = scratch.long(free)
  // A total of nothing is how some say that they do not know.
  if (!(totalBytes > 0)) return undefined
  const found: { -readonly [Key in keyof GpuMemory]: GpuMemory[Key] } = { totalBytes }
  if (freeBytes <= totalBytes) found.freeBytes = freeBytes
  if (used !== undefined && scratch.long(used) <= totalBytes) found.usedBytes = scratch.long(used)
  if (reserved !== undefined && scratch.long(reserved) <= totalBytes)
    found.reservedBytes = scratch.long(reserved)
  return found
}
