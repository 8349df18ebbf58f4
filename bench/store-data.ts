/**
 * The samples of one GPU node that makes videos: 500 series, a tick each interval, the same for the same seed. Eight
 * GPUs run one job after another, each through the phases of a diffusion model (idle, load, denoise, decode, encode),
 * and everything else follows them. Names are those of OpenTelemetry and of our collector.
 *
 * The mix was reasoned from what such a node reports, before any store was measured with it, and is not tuned to one:
 *
 * | share  | kind             | why                                                                                   |
 * | ------ | ---------------- | ------------------------------------------------------------------------------------- |
 * | 18.2 % | constant         | Limits, counts of hardware, engines that no job uses, errors that do not happen.        |
 * | 22.8 % | whole numbers    | Temperatures, clocks, processes; memory in whole pages, which moves in steps of a job.  |
 * | 22.2 % | two decimals     | Utilisation as NVML (whole percent) or DCGM (hundredths of a percent) give it, watts as |
 * |        |                  | nvidia-smi prints them, load averages as the kernel prints them: noise about a level.   |
 * | 22.2 % | counters         | Bytes, packets and operations; CPU time in 10 ms ticks, disk time in ms, energy in mJ.  |
 * |  6.2 % | bursty           | What happens at the end of a job or by accident: zero most of the time.                 |
 * |  8.4 % | full precision   | Quotients (utilisation of CPUs, disks, file systems; success ratios), measured times,   |
 * |        |                  | percentiles of a sketch. The last and the ratios change once a minute only.             |
 */
import type { Sample, Tick } from '../src/model/sample.ts'
import { seededRandom } from '../src/system/random.ts'
import { GpuNode, gpuCount, type Kind, type Levels, roundTo } from './store-signals.ts'

export interface DatasetOptions {
  readonly seed: number
  /** Unix milliseconds of the first tick, give or take its jitter. */
  readonly fromMs: number
  readonly tickCount: number
  readonly intervalMs: number
}

/** How busy each engine of a GPU is in each phase, a ratio, and to how many decimals its driver tells. */
const tasks: Readonly<Record<string, readonly [levels: Levels, decimals: number]>> = {
  general: [[0, 0.15, 0.98, 0.9, 0.35], 2],
  memory: [[0, 0.1, 0.62, 0.7, 0.1], 2],
  sm: [[0, 0.1, 0.93, 0.8, 0.2], 4],
  occupancy: [[0, 0.05, 0.42, 0.35, 0.1], 4],
  tensor: [[0, 0, 0.55, 0.3, 0], 4],
  dram: [[0, 0.2, 0.48, 0.6, 0.1], 4],
  fp16: [[0, 0, 0.21, 0.15, 0], 4],
  fp32: [[0, 0.02, 0.08, 0.12, 0.05], 4],
}

function addGpu(node: GpuNode, gpu: number): void {
  const id = { 'hw.id': `gpu-${gpu}` }
  const at = (levels: Levels) => () => node.at(gpu, levels)
  for (const [task, [levels, decimals]] of Object.entries(tasks)) {
    const next = node.ratio(at(levels), { noise: 0.012, resolution: 10 ** -decimals })
    node.add('decimals', 'hw.gpu.utilization', { ...id, 'hw.gpu.task': task }, next)
  }
  for (const task of ['fp64', 'jpeg', 'ofa'])
    node.constant('hw.gpu.utilization', { ...id, 'hw.gpu.task': task }, 0)
  const encoding = node.ratio(at([0, 0, 0, 0, 0.6]), { noise: 0.15, resolution: 0.01 })
  node.add('bursty', 'hw.gpu.utilization', { ...id, 'hw.gpu.task': 'encoder' }, encoding)
  const decoding = node.bursts(0.01, 0.1, 0.01)
  node.add('bursty', 'hw.gpu.utilization', { ...id, 'hw.gpu.task': 'decoder' }, decoding)
  node.add('bursty', 'hw.gpu.throttled', id, node.bursts(0.005, 0.2, 0.01))
  node.constant('hw.gpu.memory.limit', id, 80 * 2 ** 30)
  node.constant('hw.power.limit', id, 700)
  node.constant('hw.errors', { ...id, 'error.type': 'uncorrected' }, 0)

  const watts = node.gauge(at([72, 130, 640, 560, 180]), { noise: 0.02, resolution: 0.01 })
  node.add('decimals', 'hw.power', id, watts)
  const link = node.ratio(at([0, 0.3, 0.05, 0.12, 0.1]), { noise: 0.2, resolution: 0.0001 })
  node.add('decimals', 'hw.gpu.io.utilization', id, link)

  const core = node.slow(at([34, 38, 71, 68, 45]), 0.25, 1)
  node.add('whole', 'hw.temperature', { ...id, 'hw.sensor_location': 'core' }, core)
  const memory = node.slow(at([40, 44, 82, 78, 52]), 0.25, 1)
  node.add('whole', 'hw.temperature', { ...id, 'hw.sensor_location': 'memory' }, memory)
  const used = node.gauge(at([0.5e9, 30e9, 61e9, 70e9, 62e9]), { noise: 0, resolution: 2 * 2 ** 20 })
  node.add('whole', 'hw.gpu.memory.usage', id, used)
  const clock = node.gauge(at([345, 1755, 1755, 1980, 1980]), { noise: 0.01, resolution: 15 })
  node.add('whole', 'hw.gpu.clock', { ...id, 'hw.gpu.clock.domain': 'sm' }, clock)
  const memoryClock = node.gauge(at([1593, 2619, 2619, 2619, 2619]), { noise: 0, resolution: 1 })
  node.add('whole', 'hw.gpu.clock', { ...id, 'hw.gpu.clock.domain': 'memory' }, memoryClock)
  node.add('whole', 'hw.gpu.process.count', id, at([1, 1, 1, 2, 2]))

  node.add('counter', 'hw.energy', id, node.counter(at([72, 130, 640, 560, 180]), 0.02, 1000))
  for (const direction of ['receive', 'transmit']) {
    const attributes = { ...id, 'network.io.direction': direction }
    const pcie = node.counter(at([2e4, 4e9, 3e7, 6e8, 2e8]), 0.1)
    node.add('counter', 'hw.gpu.io', { ...attributes, 'hw.gpu.link': 'pcie' }, pcie)
    const nvlink = node.counter(at([0, 0, 2e9, 4e8, 0]), 0.05)
    node.add('counter', 'hw.gpu.io', { ...attributes, 'hw.gpu.link': 'nvlink' }, nvlink)
  }
}

function addWorker(node: GpuNode, worker: number): void {
  const id = { 'process.name': `worker-${worker}` }
  const at = (levels: Levels) => () => node.at(worker, levels)
  const resident = node.gauge(at([6e9, 28e9, 12e9, 18e9, 20e9]), { noise: 0.001, resolution: 4096 })
  node.add('whole', 'process.memory.usage', id, resident)
  node.add('whole', 'process.thread.count', id, at([44, 60, 60, 76, 108]))
  const files = node.gauge(at([61, 72, 64, 64, 70]), { noise: 0.02, resolution: 1 })
  node.add('whole', 'process.open_file_descriptor.count', id, files)
  for (const [mode, levels] of [
    ['user', [0.01, 2, 1, 1.4, 9]],
    ['system', [0.01, 1.1, 0.12, 0.4, 0.6]],
  ] as const)
    node.add('counter', 'process.cpu.time', { ...id, 'cpu.mode': mode }, node.counter(at(levels), 0.1, 100))
  const cpu = node.gauge(at([2, 310, 112, 180, 960]), { noise: 0.05, resolution: 0.01 })
  node.add('decimals', 'process.cpu.percent', id, cpu)
  const memory = node.gauge(at([0.3, 1.36, 0.58, 0.87, 0.97]), { noise: 0.004, resolution: 0.01 })
  node.add('decimals', 'process.memory.percent', id, memory)
}

function addCpuAndMemory(node: GpuNode): void {
  const cpus = 192
  const rates = { user: 22, system: 6, idle: 66, iowait: 1, interrupt: 0.4, softirq: 0.6 }
  for (const socket of ['0', '1']) {
    for (const [mode, perSecond] of Object.entries(rates)) {
      const grows = node.counter(() => perSecond * (0.4 + node.busy()), 0.05, 100)
      node.add('counter', 'system.cpu.time', { 'cpu.socket': socket, 'cpu.mode': mode }, grows)
    }
    for (const mode of ['nice', 'steal'])
      node.constant('system.cpu.time', { 'cpu.socket': socket, 'cpu.mode': mode }, 0)
  }
  for (const socket of ['all', '0', '1']) {
    const kernelTicks = (cpus * 1000) / (socket === 'all' ? 1 : 2)
    const busy = () => Math.round(kernelTicks * (0.05 + 0.28 * node.busy()) * (1 + 0.04 * node.normal()))
    const all = () => kernelTicks + Math.round(8 * node.normal())
    node.add('float', 'system.cpu.utilization', { 'cpu.socket': socket }, () => busy() / all())
  }
  node.constant('system.cpu.logical.count', {}, cpus)
  for (const [minutes, seconds] of [
    ['1m', 60],
    ['5m', 300],
    ['15m', 900],
  ] as const) {
    let load = 40
    node.add('decimals', `system.linux.cpu.load_${minutes}`, {}, () => {
      load += (1 - Math.exp(-10 / seconds)) * (8 + 60 * node.busy() + 4 * node.normal() - load)
      return roundTo(load, 0.01, 2)
    })
  }
  addMemory(node)
  for (const [name, perSecond, noise] of [
    ['system.process.created', 4, 0.6],
    ['system.linux.context_switches', 190_000, 0.08],
    ['system.linux.interrupts', 85_000, 0.06],
  ] as const)
    node.add(
      'counter',
      name,
      {},
      node.counter(() => perSecond * (0.3 + node.busy()), noise),
    )
  for (const [state, count] of [
    ['running', 9],
    ['sleeping', 1460],
  ] as const) {
    const processes = node.gauge(() => count * (0.95 + 0.05 * node.busy()), { noise: 0.004, resolution: 1 })
    node.add('whole', 'system.process.count', { 'process.state': state }, processes)
  }
  node.constant('system.process.count', { 'process.state': 'zombie' }, 0)
  const runnable = node.gauge(() => 2 + 26 * node.busy(), { noise: 0.2, resolution: 1 })
  node.add('whole', 'system.linux.thread.runnable', {}, runnable)
  node.add('whole', 'system.linux.thread.blocked', {}, node.bursts(0.2, 2, 1))
}

function addMemory(node: GpuNode): void {
  const limit = 2063937 * 2 ** 20
  const page = 4096
  node.constant('system.memory.limit', {}, limit)
  for (const [state, bytes, noise] of [
    ['used', 190e9, 0.0008],
    ['free', 610e9, 0.002],
    ['cached', 1.28e12, 0.0001],
    ['buffers', 4.1e9, 0.00002],
  ] as const) {
    const usage = node.gauge(() => bytes * (0.8 + 0.2 * node.busy()), { noise, resolution: page })
    node.add('whole', 'system.memory.usage', { 'system.memory.state': state }, usage)
  }
  let available = 0
  const free = node.gauge(() => 1.9e12 - 1.3e11 * node.busy(), { noise: 0.0005, resolution: page })
  node.add('whole', 'system.memory.linux.available', {}, () => {
    available = free()
    return available
  })
  node.add('float', 'system.memory.utilization', {}, () => 1 - available / limit)
  const faults = node.counter(() => 9000 * (0.2 + node.busy()), 0.3)
  node.add('counter', 'system.paging.faults', { 'system.paging.fault.type': 'minor' }, faults)
  const major = node.counter(() => 0.2, 3)
  node.add('counter', 'system.paging.faults', { 'system.paging.fault.type': 'major' }, major)
  for (const direction of ['in', 'out'])
    node.constant('system.paging.operations', { 'system.paging.direction': direction }, 0)
  for (const state of ['used', 'free'])
    node.constant('system.paging.usage', { 'system.paging.state': state }, 0)
}

function addDisks(node: GpuNode): void {
  for (let disk = 0; disk < 4; disk++) {
    const id = { 'system.device': `nvme${disk}n1` }
    const work = (1 + 3 * disk) / 10
    for (const [direction, bytes, operations] of [
      ['read', 2.2e8, 2100],
      ['write', 6e7, 700],
    ] as const) {
      const attributes = { ...id, 'disk.io.direction': direction }
      const moved = node.counter(() => bytes * work * (0.02 + node.busy()), 0.4, 1 / 512)
      node.add('counter', 'system.disk.io', attributes, moved)
      const completed = node.counter(() => operations * work * (0.02 + node.busy()), 0.3)
      node.add('counter', 'system.disk.operations', attributes, completed)
    }
    const busy = node.counter(() => 0.22 * work * (0.05 + node.busy()), 0.2, 1000)
    node.add('counter', 'system.disk.io_time', id, busy)
    const busyMs = () =>
      Math.max(0, Math.round(2200 * work * (0.05 + node.busy()) * (1 + 0.2 * node.normal())))
    const elapsedMs = () => 10_000 + Math.round(2 * node.chance())
    node.add('float', 'system.disk.utilization', id, () => busyMs() / elapsedMs())
    node.add('bursty', 'system.disk.pending_operations', id, node.bursts(0.06, 12, 1))
  }
  for (const [mountpoint, sizeBytes, growth] of [
    ['/', 210e9, 2e4],
    ['/models', 3.8e12, 0],
    ['/scratch', 7.6e12, 6e7],
    ['/outputs', 15.3e12, 4e6],
  ] as const) {
    const limit = Math.round(sizeBytes / 4096) * 4096
    const attributes = { 'system.filesystem.mountpoint': mountpoint }
    let used = Math.round((limit * 0.4) / 4096) * 4096
    node.constant('system.filesystem.limit', attributes, limit)
    const state = (name: string) => ({ ...attributes, 'system.filesystem.state': name })
    node.constant('system.filesystem.usage', state('reserved'), Math.round((limit * 0.05) / 4096) * 4096)
    node.add('whole', 'system.filesystem.usage', state('used'), () => {
      const written = Math.max(0, growth * 10 * node.busy() * (1 + 0.4 * node.normal()))
      used += Math.round(written / 4096) * 4096
      if (used > limit * 0.85) used = Math.round((limit * 0.4) / 4096) * 4096
      return used
    })
    node.add('whole', 'system.filesystem.usage', state('free'), () => limit - used)
    node.add('float', 'system.filesystem.utilization', attributes, () => used / (limit * 0.95))
  }
}

function addNetwork(node: GpuNode): void {
  for (const [name, bytes] of [
    ['eth0', 4.2e7],
    ['ib0', 6e8],
    ['lo', 9e5],
  ] as const) {
    const id = { 'network.interface.name': name }
    for (const direction of ['receive', 'transmit']) {
      const attributes = { ...id, 'network.io.direction': direction }
      const share = direction === 'receive' ? 1 : 0.35
      const moved = node.counter(() => bytes * share * (0.01 + node.busy()), 0.25)
      node.add('counter', 'system.network.io', attributes, moved)
      const packets = node.counter(() => (bytes / 1300) * share * (0.01 + node.busy()), 0.25)
      node.add('counter', 'system.network.packets', attributes, packets)
      node.constant('system.network.errors', attributes, 0)
    }
    node.add('bursty', 'system.network.retransmits', id, node.bursts(0.05, 3, 0.1))
  }
  for (const [state, count] of [
    ['established', 88],
    ['time_wait', 31],
    ['close_wait', 2],
  ] as const) {
    const connections = node.gauge(() => count * (0.7 + 0.6 * node.busy()), { noise: 0.03, resolution: 1 })
    node.add('whole', 'system.network.connection.count', { 'network.connection.state': state }, connections)
  }
  for (const [state, count] of [
    ['listen', 37],
    ['syn_recv', 0],
    ['closing', 0],
  ] as const)
    node.constant('system.network.connection.count', { 'network.connection.state': state }, count)
}

function addChassis(node: GpuNode): void {
  const watts = () => (1500 + 4200 * node.busy()) / 6
  for (let supply = 0; supply < 6; supply++) {
    const id = { 'hw.id': `psu-${supply}` }
    node.add(
      'decimals',
      'hw.voltage',
      id,
      node.gauge(() => 12.08, { noise: 0.002, resolution: 0.01 }),
    )
    const share = node.ratio(() => watts() / 3000, { noise: 0.02, resolution: 0.0001 })
    node.add('decimals', 'hw.power_supply.utilization', id, share)
    node.add('whole', 'hw.power', id, node.gauge(watts, { noise: 0.02, resolution: 1 }))
    const inlet = node.slow(() => 31 + 12 * node.busy(), 0.1, 1)
    node.add('whole', 'hw.temperature', { ...id, 'hw.sensor_location': 'inlet' }, inlet)
  }
  for (let fan = 0; fan < 4; fan++) {
    const speed = node.slow(() => 4200 + 5200 * node.busy(), 25, 60)
    node.add('whole', 'hw.fan.speed', { 'hw.id': `fan-${fan}` }, speed)
  }
  for (const place of ['inlet', 'outlet', 'cpu-0', 'cpu-1']) {
    const degrees = node.slow(() => 27 + 16 * node.busy(), 0.1, 1)
    node.add('whole', 'hw.temperature', { 'hw.id': 'chassis', 'hw.sensor_location': place }, degrees)
  }
}

function addGenerations(node: GpuNode): void {
  const running = () => Math.round(gpuCount * node.busy())
  node.add('whole', 'video_generation.active', { state: 'running' }, running)
  const queued = node.gauge(() => 9 * node.busy() ** 4, { noise: 0.3, resolution: 1 })
  node.add('whole', 'video_generation.active', { state: 'queued' }, queued)
  for (const [outcome, perSecond] of [
    ['succeeded', 0.035],
    ['failed', 0.002],
    ['cancelled', 0.001],
    ['rejected', 0.0005],
    ['timed_out', 0.0003],
    ['lost', 0.00005],
  ] as const) {
    let count = 0
    const ended = () => {
      if (node.chance() < perSecond * 10) count += 1
      return count
    }
    node.add('counter', 'video_generation.count', { outcome }, ended)
  }
  for (const [window, minutes] of [
    ['5m', 5],
    ['1h', 60],
    ['24h', 1440],
  ] as const) {
    const ended = () => Math.max(1, Math.round(2.2 * minutes + Math.sqrt(2 * minutes) * node.normal()))
    const share = (mean: number) =>
      node.eachMinute(() => {
        const all = ended()
        const spread = Math.sqrt(all * mean * (1 - mean)) * node.normal()
        return Math.min(all, Math.max(0, Math.round(all * mean + spread))) / all
      })
    node.add('float', 'video_generation.success.ratio', { window }, share(0.94))
    node.add('float', 'video_generation.error.ratio', { window }, share(0.06))
    node.add('float', 'video_generation.verified_success.ratio', { window }, share(0.91))
    const perMinute = node.eachMinute(() => ended() / minutes)
    node.add('float', 'video_generation.throughput', { window }, perMinute)
    for (const [quantile, seconds] of [
      ['0.5', 170],
      ['0.95', 390],
      ['0.99', 610],
    ] as const) {
      const attributes = { window, quantile }
      const spread = 1 / Math.sqrt(minutes)
      const next = node.eachMinute(() => sketchValue(seconds * Math.exp(spread * node.normal())))
      node.add('float', 'video_generation.duration.quantile', attributes, next)
    }
  }
}

/** The value a DDSketch of 1 % gives for the bucket of `value`. */
function sketchValue(value: number): number {
  const gamma = 1.01 / 0.99
  return (2 * gamma ** Math.ceil(Math.log(value) / Math.log(gamma))) / (1 + gamma)
}

function addMonitor(node: GpuNode): void {
  for (const [source, seconds] of [
    ['cpu', 0.0011],
    ['memory', 0.0004],
    ['disk', 0.0006],
    ['network', 0.0005],
    ['gpu', 0.021],
    ['processes', 0.034],
  ] as const) {
    const took = () => seconds * Math.exp(0.15 * node.normal())
    node.add('float', 'framewatch.collector.duration', { source }, took)
    node.constant('framewatch.collector.success', { source }, 1)
  }
  node.add('float', 'framewatch.tick.duration', {}, () => 0.041 * Math.exp(0.2 * node.normal()))
  const used = () => (0.02 + 0.1 * node.busy()) * Math.exp(0.2 * node.normal())
  node.add('float', 'nodejs.eventloop.utilization', {}, used)
  node.add('float', 'nodejs.eventloop.delay.max', {}, () => 0.011 * Math.exp(0.4 * node.normal()))
  for (const kind of ['progress', 'event', 'invalid']) {
    node.constant('framewatch.recorder.dropped', { kind }, 0)
    node.constant('framewatch.store.dropped', { kind }, 0)
  }
  for (const name of ['store.failing', 'alert.failed_rules', 'alert.unfollowed'])
    node.constant(`framewatch.${name}`, {}, 0)
}

/** The node with all of its series. */
function makeNode(seed: number, intervalSeconds: number): GpuNode {
  const node = new GpuNode(seededRandom(seed), intervalSeconds)
  for (let gpu = 0; gpu < gpuCount; gpu++) addGpu(node, gpu)
  for (let worker = 0; worker < gpuCount; worker++) addWorker(node, worker)
  addCpuAndMemory(node)
  addDisks(node)
  addNetwork(node)
  addChassis(node)
  addGenerations(node)
  addMonitor(node)
  return node
}

/** Every tick has the same series in the same order, and their attributes are the same objects, as a collector's are. */
export function* makeTicks({ seed, fromMs, tickCount, intervalMs }: DatasetOptions): Generator<Tick> {
  const node = makeNode(seed, intervalMs / 1000)
  for (let index = 0; index < tickCount; index++) {
    node.step()
    const samples: Sample[] = []
    for (const { name, attributes, next } of node.lines) samples.push({ name, attributes, value: next() })
    // A timer is a millisecond or two late, and now and then some more.
    const lateMs = Math.floor(1.5 * node.chance() + 4 * node.chance() ** 8)
    yield { node: 'gpu-node-1', timestampMs: fromMs + index * intervalMs + lateMs, samples }
  }
}

/** How many series there are of each kind. */
export function countKinds(): Readonly<Partial<Record<Kind, number>>> {
  const counts: Partial<Record<Kind, number>> = {}
  for (const { kind } of makeNode(1, 10).lines) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
