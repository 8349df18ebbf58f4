/** The service on a machine whose NVIDIA library is ours: from the C functions to alerts, faults and the status. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { framewatch, program } from './support/command.ts'
import { buildFakeNvml, hasCompiler } from './support/fake-nvml.ts'
import { isAlive } from './support/is-alive.ts'
import { xml } from './support/nvidia-smi-output.ts'
import { startProcess, temporaryDirectory } from './support/service-process.ts'

/** Prints one line of JSON for each tick, fault and alert; runs until stdin says more than that. */
const watch = `
  import { MonitoringService } from 'framewatch'
  const [baseDir, nvmlLibrary] = process.argv.slice(1)
  const service = new MonitoringService({ baseDir, collectionInterval: 0.5, sources: { nvmlLibrary } })
  const print = (type, value) => console.log(JSON.stringify({ type, value }))
  service.on('metrics', ({ vitalSigns, collectors, tick }) => {
    const gpu = collectors.find(({ source }) => source === 'gpu')
    const others = collectors.filter(({ source, state }) => source !== 'gpu' && state !== 'ok' && state !== 'absent')
    print('tick', { gpus: vitalSigns.gpus, cpu: vitalSigns.cpuUtilization, gpu, others, at: tick.timestampMs })
  })
  service.on('fault', (fault) => print('fault', fault))
  service.registerAlertHandler(({ transition, alert }) => print('alert', { transition, rule: alert.rule }))
  await service.start()
  service.startGeneration({ model: 'wan', prompt: 'a prompt' })
  process.on('SIGTERM', async () => {
    const startMs = performance.now()
    await service.stop()
    print('stopped', performance.now() - startMs)
  })
  setInterval(() => {}, 1000)`

interface Line {
  readonly type: string
  readonly value: Record<string, unknown>
}

async function startWatching() {
  const baseDir = temporaryDirectory()
  const scenario = join(baseDir, 'scenario')
  const play = (words: string) => writeFileSync(scenario, words)
  play('gpus=2')
  const args = ['--input-type=module', '--eval', watch, baseDir, buildFakeNvml()]
  const running = startProcess(process.execPath, args, { FAKE_NVML_FILE: scenario })
  const lines = () =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  /** Waits for a line that is printed from now on. */
  const next = async (isWanted: (line: Line) => boolean): Promise<Line> => {
    const seen = lines().length
    for (;;) {
      const found = lines().slice(seen).find(isWanted)
      if (found) return found
      await new Promise((resolve) => running.child.once('said', resolve))
    }
  }
  return { baseDir, play, running, next }
}

/** Processes that the process started, by number. */
function childrenOf(pid: number | undefined): number[] {
  const stats = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return stats.map(Number).filter((child) => {
    try {
      return Number(readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === pid
    } catch {
      return false
    }
  })
}

const gpuState = ({ value }: Line) => (value['gpu'] as { state?: string } | undefined)?.state
const isTick = (line: Line) => line.type === 'tick'

describe.skipIf(!hasCompiler || process.platform !== 'linux')(
  'a service with GPUs (needs Linux and a C compiler: apt-get install gcc libc6-dev)',
  () => {
    test('tells their vital signs, and an XID as a fault with what ran, and as an alert', async () => {
      const { baseDir, play, running, next } = await startWatching()
      const { value } = await next((line) => isTick(line) && gpuState(line) === 'ok')
      // The cards of that library have rows of memory that only a reset would remap.
      expect(value['gpus']).toMatchObject([{ status: 'degraded' }, { status: 'degraded' }])
      const [gpu] = value['gpus'] as {
        memoryTotalBytes: number
        utilization: number
        temperatureCelsius: number
      }[]
      expect(gpu?.memoryTotalBytes).toBeGreaterThan(1e9)
      expect(gpu?.utilization).toBeLessThanOrEqual(1)
      expect(gpu?.temperatureCelsius).toBeGreaterThan(0)

      play('gpus=2 xid=1:79')
      const fault = await next(({ type }) => type === 'fault')
      play('gpus=2')
      expect(fault.value).toMatchObject({ kind: 'xid', code: 79, severity: 'critical' })
      expect(fault.value['generationIds']).toHaveLength(1)
      const stored = await framewatch('faults', '--base-dir', baseDir, '--json')
      expect(stored.json()[0]).toMatchObject({ code: 79, device: fault.value['device'] })
      const alerts = await framewatch('alerts', 'list', '--base-dir', baseDir, '--json')
      expect(alerts.json().active.map(({ rule }: { rule: string }) => rule)).toContain('GpuFaultCritical')

      play('gpus=2 lost=1')
      await next((line) => line.type === 'alert' && line.value['rule'] === 'GpuLost')
      const status = await framewatch('status', '--base-dir', baseDir)
      expect(status.stdout).toContain('FAILED')
      expect(running.stderr()).toBe('')
    })

    test('a driver that hangs costs its own source, and nothing else', async () => {
      const { play, running, next } = await startWatching()
      await next((line) => isTick(line) && gpuState(line) === 'ok')
      play('gpus=2 hang')
      await next((line) => isTick(line) && gpuState(line) === 'failed')
      const ticks: Line[] = []
      while (ticks.length < 6) ticks.push(await next(isTick))
      expect(ticks.map(({ value }) => value['others'])).toEqual(ticks.map(() => []))
      expect(ticks.every(({ value }) => typeof value['cpu'] === 'number')).toBe(true)
      const times = ticks.map(({ value }) => Number(value['at']))
      // The ticks go on at their own pace.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(5 * 500 + 1500)
      const children = childrenOf(running.child.pid)
      expect(children).toHaveLength(1)

      running.child.kill('SIGTERM')
      const stopped = await next(({ type }) => type === 'stopped')
      expect(Number(stopped.value)).toBeLessThan(1500)
      running.child.kill('SIGKILL')
      await running.exited
      await expect.poll(() => children.some(isAlive), { timeout: 5000 }).toBe(false)
    })

    test('a host that is killed leaves no process behind that hangs in the driver', async () => {
      const { play, running, next } = await startWatching()
      await next((line) => isTick(line) && gpuState(line) === 'ok')
      play('gpus=2 hang')
      await next((line) => isTick(line) && gpuState(line) === 'failed')
      const children = childrenOf(running.child.pid)
      expect(children).toHaveLength(1)
      running.child.kill('SIGKILL')
      await running.exited
      await expect.poll(() => children.some(isAlive), { timeout: 5000 }).toBe(false)
    })

    test('doctor says by which reader it reads them, and why a better one did not', async () => {
      const directory = temporaryDirectory()
      const doctor = async (nvmlLibrary: string) => {
        const config = join(directory, 'framewatch.yaml')
        writeFileSync(config, JSON.stringify({ baseDir: directory, sources: { nvmlLibrary } }))
        const env = { PATH: `${directory}:${process.env['PATH']}` }
        const running = startProcess(process.execPath, [program, 'doctor', '--config', config, '--json'], env)
        await running.exited
        const findings = JSON.parse(running.stdout()) as { check: string; detail: string }[]
        return findings.find(({ check }) => check === 'source gpu')?.detail
      }
      expect(await doctor(buildFakeNvml())).toMatch(/^read in .* ms; by nvml$/)
      const broken = join(directory, 'libnvidia-ml.so.1')
      writeFileSync(broken, 'no library')
      writeFileSync(join(directory, 'smi.xml'), xml)
      const tool = `#!/bin/sh\ncat '${join(directory, 'smi.xml')}'\n`
      writeFileSync(join(directory, 'nvidia-smi'), tool, { mode: 0o755 })
      const detail = await doctor(broken)
      expect(detail).toContain('by nvidia-smi')
      expect(detail).toMatch(/nvml[^;]*libnvidia-ml\.so\.1/)
    })
  },
)
