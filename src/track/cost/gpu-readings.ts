import type { Sample } from '../../model/sample.ts'

/** What a tick says of one GPU. */
export interface GpuReading {
  /** Position among the GPUs of this node, as requests name them. */
  readonly index: number
  /** The attribute `hw.id`. */
  readonly id: string
  /** Product name. */
  readonly name?: string
  readonly powerWatts?: number
  /** 0..1: share of time that any kernel ran. */
  readonly utilization?: number
  /** Device memory in use, by whatever program. */
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
}

/**
 * The GPUs that the samples of one tick tell of (`hw.gpu.info`, `hw.power`, `hw.gpu.utilization`, `hw.gpu.memory.usage` and `.limit`). Two GPUs of the same
 * index, of two vendors, are both left out: which of them a request means is not known.
 */
export function gpuReadings(samples: readonly Sample[]): readonly GpuReading[] {
  const power = valuesById(samples, 'hw.power')
  const memory = valuesById(samples, 'hw.gpu.memory.usage')
  const tasks = samples.filter(({ attributes }) => attributes['hw.gpu.task'] === 'general')
  const utilization = valuesById(tasks, 'hw.gpu.utilization')
  const limits = valuesById(samples, 'hw.gpu.memory.limit')
  const readings = samples.flatMap(({ name, attributes }): GpuReading[] => {
    const index = attributes['hw.gpu.index'] ?? ''
    if (name !== 'hw.gpu.info' || !/^\d{1,9}$/.test(index)) return []
    const id = attributes['hw.id'] ?? ''
    return [
      {
        index: Number(index),
        id,
        name: attributes['hw.name'],
        powerWatts: power.get(id),
        utilization: utilization.get(id),
        memoryUsedBytes: memory.get(id),
        memoryTotalBytes: limits.get(id),
      },
    ]
  })
  return [...Map.groupBy(readings, ({ index }) => index).values()].flatMap((same) =>
    same.length === 1 ? same : [],
  )
}

function valuesById(samples: readonly Sample[], metric: string): Map<string, number> {
  const gpus = samples.filter(
    ({ name, attributes }) =>
      name === metric &&
      attributes['hw.type'] === 'gpu' &&
      // Of a part of the GPU.
      attributes['hw.gpu.instance'] === undefined,
  )
  return new Map(gpus.map(({ attributes, value }) => [attributes['hw.id'] ?? '', value]))
}
