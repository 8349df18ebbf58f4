/** One phase of the benchmark `collect`, in a process of its own; prints one JSON object of figures. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { MetricsCollector } from '../src/collect/collector.ts'
import { defaultSourceSettings } from '../src/collect/source-options.ts'
import { openNvmlReader } from '../src/collect/sources/gpu/nvml/nvml-reader.ts'
import { hostSources } from '../src/collect/sources.ts'
import { HostPulse, probeReader } from '../src/engine/host-probe.ts'
import { MonitoringService } from '../src/engine/monitoring-service.ts'
import { createProbe } from '../src/engine/shared-probe.ts'
import { systemClock } from '../src/system/clock.ts'
import { buildFakeNvml, directFakeNvml, hasCompiler } from '../test/support/fake-nvml.ts'
import { processCpuMs } from './process-cpu.ts'

type Figures = Record<string, number>

/** Cycles that are measured together: the clock of CPU time is too coarse for one. */
const cyclesPerBatch = 10

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** CPU milliseconds of this process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Every source of this host at each cycle, whatever its schedule; the GPU's is measured on its own. */
async function measureCycle(withTable: boolean, batches: number): Promise<{ cpu: number; samples: number }> {
  const clock = systemClock()
  const off = withTable ? (['gpu'] as const) : (['gpu', 'process-table'] as const)
  // The host's side of the runtime's figures, as in a service.
  const probe = createProbe()
  const pulse = new HostPulse({ probe, clock, onBeat: () => undefined })
  pulse.start()
  await wait(600)
  const sources = hostSources({
    platform: process.platform,
    clock,
    settings: { ...defaultSourceSettings, off: [...off, 'clock-offset'] },
    readRuntime: probeReader(probe, clock),
  }).map((source) => ({ ...source, everyMs: 0 }))
  const collector = new MetricsCollector({ clock, sources })
  for (let cycle = 0; cycle < 200; cycle++) await collector.collect()
  const perCycle: number[] = []
  for (let batch = 0; batch < batches; batch++) {
    const before = cpuMs()
    for (let cycle = 0; cycle < cyclesPerBatch; cycle++) await collector.collect()
    perCycle.push((cpuMs() - before) / cyclesPerBatch)
  }
  const { samples } = await collector.collect()
  await collector.close()
  pulse.stop()
  return { cpu: median(perCycle), samples: samples.length }
}

async function cycle(batches: number): Promise<Figures> {
  const plain = await measureCycle(false, batches)
  const full = await measureCycle(true, batches)
  return {
    cycleCpuMs: plain.cpu,
    cycleSamples: plain.samples,
    cpuPerSampleUs: (plain.cpu * 1000) / plain.samples,
    tableCycleCpuMs: full.cpu,
    tableCycleSamples: full.samples,
  }
}

/** What `systeminformation` tells of the same things: every number in its answers is a sample. */
async function systemInformation(cycles: number): Promise<Figures> {
  const information = await import('systeminformation')
  const ask = () =>
    Promise.all([
      information.currentLoad(),
      information.mem(),
      information.fsSize(),
      information.fsStats(),
      information.disksIO(),
      information.networkStats('*'),
      information.time(),
    ])
  await ask()
  const before = processCpuMs('self', { withChildren: true })
  let samples = 0
  for (let count = 0; count < cycles; count++) samples = countNumbers(await ask())
  const cycleCpuMs = (processCpuMs('self', { withChildren: true }) - before) / cycles
  return { cycleCpuMs, cycleSamples: samples, cpuPerSampleUs: (cycleCpuMs * 1000) / samples }
}

function countNumbers(value: unknown): number {
  if (typeof value === 'number') return 1
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, inner) => sum + countNumbers(inner), 0)
}

/** GPUs and fields of each that are asked, through the FFI, of a C stand-in for the driver's library, which computes nothing. */
async function gpus(batches: number): Promise<Figures> {
  if (!hasCompiler) {
    console.error('The GPUs are left out: apt-get install gcc libc6-dev')
    return {}
  }
  const libraryPath = buildFakeNvml()
  directFakeNvml(libraryPath).play('gpus=8')
  const reader = openNvmlReader({ libraryPath, clock: systemClock() })
  for (let count = 0; count < 2000; count++) reader.read()
  const micros: number[] = []
  for (let batch = 0; batch < batches; batch++) {
    const before = cpuMs()
    for (let count = 0; count < cyclesPerBatch * 10; count++) reader.read()
    micros.push(((cpuMs() - before) * 1000) / (cyclesPerBatch * 10))
  }
  const [first] = reader.read().gpus
  reader.close()
  return { gpuCycleUs: median(micros), gpuFields: countNumbers(first) }
}

/** The share of a core that a service with nothing to follow uses at one tick a second. */
async function service(seconds: number): Promise<Figures> {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-bench-'))
  const monitoring = new MonitoringService({ baseDir, collectionInterval: 1 })
  await monitoring.start()
  await wait(10_000)
  const [cpu, time] = [cpuMs(), performance.now()]
  await wait(seconds * 1000)
  const coreShare = (cpuMs() - cpu) / (performance.now() - time)
  await monitoring.stop()
  rmSync(baseDir, { recursive: true })
  return { coreShareAt1s: coreShare }
}

const phases: Readonly<Record<string, (count: number) => Promise<Figures>>> = {
  cycle,
  gpus,
  service,
  systeminformation: systemInformation,
}
const [phase = '', count = '1'] = process.argv.slice(2)
const run = phases[phase]
if (!run) throw new Error(`There is no phase "${phase}"`)
console.log(JSON.stringify(await run(Number(count))))
