import type { FaultSeverity, HardwareFault } from '../../../model/hardware-fault.ts'
import type { Readings } from '../../readings.ts'
import { gpuFaultMetrics } from './gpu-metrics.ts'
import type { GpuXid } from './gpu-reading.ts'
import { attributeText, type KnownGpu, type XidSeverity } from './known-gpu.ts'
import type { KnownGpus } from './known-gpus.ts'

/** What an XID means. */
export type DescribeXid = (code: number) => {
  readonly severity: FaultSeverity
  /** One sentence: what it means and what to do. */
  readonly message: string
}

/** A broken driver reports thousands. */
const maxFaults = 64
const recentMs = 600_000
const maxRecent = 1000
const severities: readonly XidSeverity[] = ['critical', 'warning']

/** Counts what the driver reported, and tells it as faults; those past the bound are counted as skipped too. */
export function noteXids(
  readings: Readings,
  gpus: KnownGpus,
  xids: readonly GpuXid[],
  { describeXid, monotonicMs }: { readonly describeXid: DescribeXid; readonly monotonicMs: number },
): readonly HardwareFault[] {
  const faults: HardwareFault[] = []
  for (const { timestampMs, device, code } of xids) {
    const { severity, message } = describeXid(code)
    const known = gpus.byDevice(device)
    if (known) {
      known.xids += 1
      if (severity !== 'info') known.recentXids[severity].push(monotonicMs)
    }
    if (faults.length === maxFaults) readings.skip()
    else
      faults.push({
        timestampMs,
        kind: 'xid',
        device: known?.id ?? attributeText(device),
        code,
        severity,
        message,
      })
  }
  return faults
}

/** Adds the counts of a GPU, from 0: an alert on growth needs the value before the first one. */
export function addXids(readings: Readings, known: KnownGpu, monotonicMs: number): void {
  readings.add(gpuFaultMetrics.errors, known.xids, known.with('error.type', 'xid'))
  for (const severity of severities) {
    const isRecent = (noticedMs: number) => monotonicMs - noticedMs < recentMs
    const recent = known.recentXids[severity].filter(isRecent).slice(-maxRecent)
    known.recentXids[severity] = recent
    const attributes = known.with('hw.gpu.xid.severity', severity)
    readings.add(gpuFaultMetrics.recentXids, recent.length, attributes)
  }
}
