import type { ActiveGeneration, GpuVitalSigns, PerformanceWindow, SystemStatus } from '../model/status.ts'
import {
  formatBytes,
  formatDuration,
  formatFields,
  formatNumber,
  formatRatio,
  formatTable,
  printable,
} from './format.ts'

/** A system status as a page of text. */
export function statusText(status: SystemStatus): string {
  const { metrics, performance, alerts } = status
  const vital: [string, string][] = [
    [
      'cpu',
      `${formatRatio(metrics.cpuUtilization)} of ${metrics.cpuCount ?? '-'} cores, load ${formatNumber(metrics.load1m)}`,
    ],
    [
      'memory',
      `${formatBytes(metrics.memoryUsedBytes)} of ${formatBytes(metrics.memoryTotalBytes)} (${formatRatio(metrics.memoryUtilization)})`,
    ],
    [
      'disk',
      `read ${formatBytes(round(metrics.diskReadBytesPerSecond))}/s, write ${formatBytes(round(metrics.diskWriteBytesPerSecond))}/s, fullest ${formatRatio(metrics.filesystemUtilizationMax)}`,
    ],
    [
      'network',
      `in ${formatBytes(round(metrics.networkReceiveBytesPerSecond))}/s, out ${formatBytes(round(metrics.networkTransmitBytesPerSecond))}/s`,
    ],
    ['processes', formatNumber(metrics.processCount)],
    ['event loop', `worst delay ${formatDuration(metrics.eventLoopDelayMaxMs)}`],
  ]
  vital.push(...metrics.gpus.map(gpuField))
  const { last1h, last24h } = performance.windows
  const parts = [
    `${status.status.toUpperCase()}  ${printable(status.statusMessage)}`,
    formatFields(vital),
    formatTable(windowHeader, [windowRow('last hour', last1h), windowRow('last 24 h', last24h)]),
  ]
  if (performance.active.length > 0) parts.push(formatTable(activeHeader, performance.active.map(activeRow)))
  if (alerts.firing.length > 0) {
    const rows = alerts.firing.map((alert) => [alert.level, alert.rule, alert.summary])
    parts.push(formatTable(['ALERT', 'RULE', 'SUMMARY'], rows))
  }
  return parts.join('\n\n')
}

function gpuField(gpu: GpuVitalSigns, index: number): [string, string] {
  const state = gpu.status === null || gpu.status === 'ok' ? '' : `${gpu.status.toUpperCase()}, `
  const memory = `${formatBytes(gpu.memoryUsedBytes)} of ${formatBytes(gpu.memoryTotalBytes)}`
  const heat = `${formatNumber(gpu.temperatureCelsius)} °C, ${formatNumber(gpu.powerWatts)} W`
  const work = `${formatRatio(gpu.utilization)} busy, memory ${memory}, ${heat}`
  return [`gpu ${index}`, `${state}${gpu.name ?? gpu.id}: ${work}`]
}

const windowHeader = [
  'GENERATIONS',
  'SUCCEEDED',
  'FAILED',
  'OTHER',
  'SUCCESS',
  'VERIFIED',
  'PER MIN',
  'P50',
  'P95',
]

function windowRow(name: string, window: PerformanceWindow): string[] {
  const { succeeded, failed, ...others } = window.byOutcome
  return [
    name,
    String(succeeded),
    String(failed),
    String(Object.values(others).reduce((sum, count) => sum + count, 0)),
    formatRatio(window.successRate),
    formatRatio(window.verifiedSuccessRate),
    formatNumber(window.videosPerMinute),
    formatDuration(window.duration.p50Ms),
    formatDuration(window.duration.p95Ms),
  ]
}

const activeHeader = ['ACTIVE', 'STATE', 'MODEL', 'STAGE', 'PROGRESS', 'ELAPSED']

function activeRow(generation: ActiveGeneration): string[] {
  const { id, status, model, stage, progress, elapsedMs } = generation
  return [id, status, model ?? '-', stage ?? '-', formatRatio(progress), formatDuration(elapsedMs)]
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value)
}
