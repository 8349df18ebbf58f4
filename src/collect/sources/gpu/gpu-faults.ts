import type { Readings } from '../../readings.ts'
import { gpuFaultMetrics, gpuMetrics } from './gpu-metrics.ts'
import type { GpuReading } from './gpu-reading.ts'
import { addAmount, addFlag } from './gpu-values.ts'
import type { KnownGpu } from './known-gpu.ts'

type GpuState = 'ok' | 'degraded' | 'failed'
const states: readonly GpuState[] = ['ok', 'degraded', 'failed']

const corrected = 'ecc_corrected'
const uncorrected = 'ecc_uncorrected'

/** Adds the errors of a GPU and what became of its memory. */
export function addErrors(readings: Readings, known: KnownGpu, gpu: GpuReading): void {
  const { ecc, pcie, retiredPages, remappedRows } = gpu
  const of = (kind: string) => known.with('error.type', kind)
  const { errors, lifetimeErrors } = gpuFaultMetrics
  addAmount(readings, errors, ecc?.corrected, of(corrected))
  addAmount(readings, errors, ecc?.uncorrected, of(uncorrected))
  addAmount(readings, errors, pcie?.replays, of('pcie_replay'))
  addAmount(readings, lifetimeErrors, ecc?.correctedLifetime, of(corrected))
  addAmount(readings, lifetimeErrors, ecc?.uncorrectedLifetime, of(uncorrected))
  addAmount(readings, gpuFaultMetrics.retiredPages, retiredPages?.singleBit, of('ecc_single_bit'))
  addAmount(readings, gpuFaultMetrics.retiredPages, retiredPages?.doubleBit, of('ecc_double_bit'))
  addFlag(readings, gpuFaultMetrics.retirementPending, retiredPages?.isPending, known.attributes)
  addAmount(readings, gpuFaultMetrics.remappedRows, remappedRows?.correctable, of(corrected))
  addAmount(readings, gpuFaultMetrics.remappedRows, remappedRows?.uncorrectable, of(uncorrected))
  addFlag(readings, gpuFaultMetrics.remapPending, remappedRows?.isPending, known.attributes)
  addFlag(readings, gpuFaultMetrics.remapFailed, remappedRows?.hasFailed, known.attributes)
}

/** Adds the state of a GPU; of one that is no longer seen, `gpu` is undefined. */
export function addStatus(readings: Readings, known: KnownGpu, gpu: GpuReading | undefined): void {
  const state = stateOf(known, gpu)
  for (const each of states)
    readings.add(gpuMetrics.status, each === state ? 1 : 0, known.with('hw.state', each))
}

function stateOf(known: KnownGpu, gpu: GpuReading | undefined): GpuState {
  if (gpu === undefined || known.isLost) return 'failed'
  const isFailing = hasNewUncorrected(known, gpu.ecc?.uncorrected)
  const { retiredPages, remappedRows } = gpu
  const isBroken = remappedRows?.hasFailed || remappedRows?.isPending || retiredPages?.isPending
  return isFailing || isBroken ? 'degraded' : 'ok'
}

/** Errors that were there at first are history: of those the driver counts anew when it is loaded. */
function hasNewUncorrected(known: KnownGpu, count: number | undefined): boolean {
  if (count === undefined || !Number.isFinite(count)) return false
  known.firstUncorrected = Math.min(known.firstUncorrected ?? count, count)
  return count > known.firstUncorrected
}
