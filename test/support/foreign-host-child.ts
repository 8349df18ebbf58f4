/** The process that `foreign-host.ts` starts: writes the answers of sources as JSON. */
import child_process from 'node:child_process'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { MetricsCollector } from '../../src/collect/collector.ts'
import type { Source } from '../../src/collect/source.ts'
import { defaultSourceSettings } from '../../src/collect/source-options.ts'
import { hostSources } from '../../src/collect/sources.ts'
import { ticksToKeep, vitalSigns } from '../../src/collect/vital-signs.ts'
import { LatestSamples } from '../../src/engine/latest-samples.ts'
import type { Tick } from '../../src/model/sample.ts'
import { manualClock } from './manual-clock.ts'

/** What it is asked, as JSON in its first argument. */
export interface ForeignQuestion {
  readonly platform: 'darwin' | 'win32'
  /** Names of the sources to read. */
  readonly sources: readonly string[]
  /** How often each is read, at once. */
  readonly atOnce: number
  /** How many ticks of a service to collect, half a minute apart, for the vital signs after the last of them. */
  readonly ticks: number
  /** A function of the package to call after that, and its arguments. */
  readonly question?: readonly [string, ...string[]] | undefined
}

const { platform, sources, atOnce, ticks, question }: ForeignQuestion = JSON.parse(process.argv[2] ?? '')

/** Every shell of the other system is this one's, and finds the commands by their names. */
function inThisShell(command: string, options: object): [string, object] {
  return [command.replaceAll('/sbin/', ''), { ...options, shell: '/bin/sh' }]
}

const { exec, execSync } = child_process
const address = { netmask: '255.255.255.0', family: 'IPv4', internal: false, cidr: null } as const
const interfaces = {
  darwin: { en0: [{ ...address, address: '10.0.1.13', mac: '02:00:00:00:00:01' }] },
  win32: {
    'Ethernet 2': [{ ...address, address: '10.0.1.20', mac: '02:00:00:00:00:01' }],
    'WLAN-Verbindung über Funk': [{ ...address, address: '10.0.1.21', mac: '02:00:00:00:00:02' }],
    'Loopback Pseudo-Interface 1': [
      { ...address, address: '127.0.0.1', mac: '00:00:00:00:00:00', internal: true },
    ],
  },
}
Object.defineProperty(process, 'platform', { value: platform })
Object.assign(os, {
  totalmem: () => 18 * 1024 ** 3,
  // MacOS takes the speculative pages among the free ones, which `vm_stat` does not.
  freemem: () => (33_762 + 172_602) * 16_384,
  release: () => (platform === 'win32' ? '10.0.22631' : '25.1.0'),
  networkInterfaces: () => structuredClone(interfaces[platform]),
})
Object.assign(child_process, {
  exec(command: string, ...rest: unknown[]) {
    const callback = rest.at(-1) as () => void
    return exec(...inThisShell(command, rest.length > 1 ? (rest[0] as object) : {}), callback)
  },
  execSync: (command: string, options = {}) => execSync(...inThisShell(command, options)),
})
syncBuiltinESMExports()

const clock = manualClock()
const hosted = hostSources({
  platform,
  clock,
  settings: defaultSourceSettings,
  readRuntime: () => ({ eventLoopDelayMaxMs: 0, rssBytes: 0 }),
})

async function signsAfterTicks() {
  const collector = new MetricsCollector({ clock, sources: hosted, defersProcesses: true })
  const latest = new LatestSamples()
  let kept: readonly Tick[] = []
  for (let count = 0; count < ticks; count++) {
    if (count > 0) await clock.advance(30_000)
    const { samples } = await collector.collect()
    const tick = { timestampMs: clock.nowMs(), samples }
    latest.update(tick)
    kept = ticksToKeep([tick, ...kept])
  }
  return vitalSigns(kept, latest)
}

const answerOf = async (source: Source) => {
  const answer = await source.read()
  return 'absent' in answer ? answer : { samples: answer.samples, skipped: answer.skipped }
}
const answers = await Promise.all(
  hosted
    .filter(({ name }) => sources.includes(name))
    .map(async (source) => [
      source.name,
      await Promise.all(Array.from({ length: atOnce }, () => answerOf(source))),
    ]),
)
const signs = ticks > 0 ? await signsAfterTicks() : null
const askPackage = async ([name, ...given]: readonly [string, ...string[]]) =>
  createRequire(import.meta.url)('systeminformation')[name](...given)
const packageAnswer = question ? await askPackage(question) : null
process.stdout.write(JSON.stringify({ answers: Object.fromEntries(answers), signs, packageAnswer }))
