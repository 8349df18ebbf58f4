import type { Sample, Tick } from '../model/sample.ts'
import type { GpuVitalSigns } from '../model/status.ts'

const states = ['failed', 'degraded', 'ok'] as const

/** The vital signs of every GPU that a tick tells of. */
export function gpuVitalSigns(tick: Tick | undefined): readonly GpuVitalSigns[] {
  const byId = Map.groupBy(
    (tick?.samples ?? []).filter(({ attributes }) => attributes['hw.type'] === 'gpu'),
    ({ attributes }) => attributes['hw.id'] ?? '',
  )
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, samples]) => signsOf(id, samples))
}

function signsOf(id: string, samples: readonly Sample[]): GpuVitalSigns {
  const find = (name: string, attribute?: string, wanted?: string) =>
    samples.find(
      (sample) =>
        sample.name === name &&
        // Of a part of the GPU.
        sample.attributes['hw.gpu.instance'] === undefined &&
        (attribute === undefined || sample.attributes[attribute] === wanted),
    )
  const value = (...of: Parameters<typeof find>) => find(...of)?.value ?? null
  return {
    id,
    name: find('hw.gpu.info')?.attributes['hw.name'] ?? null,
    status: states.find((state) => value('hw.status', 'hw.state', state) === 1) ?? null,
    utilization: value('hw.gpu.utilization', 'hw.gpu.task', 'general'),
    memoryUsedBytes: value('hw.gpu.memory.usage'),
    memoryTotalBytes: value('hw.gpu.memory.limit'),
    temperatureCelsius: value('hw.temperature'),
    powerWatts: value('hw.power'),
  }
}
