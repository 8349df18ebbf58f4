/** The process that `foreign-host.ts` starts: writes the answers of sources as JSON. */
import child_process from 'node:child_process'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import type { Source } from '../../src/collect/source.ts'
import { portableCpuSource } from '../../src/collect/sources/portable/cpu.ts'
import { portableDiskSource } from '../../src/collect/sources/portable/disk.ts'
import { portableFilesystemSource } from '../../src/collect/sources/portable/filesystem.ts'
import { portableMemorySource } from '../../src/collect/sources/portable/memory.ts'
import { portableNetworkSource } from '../../src/collect/sources/portable/network.ts'
import { portableProcessesSource } from '../../src/collect/sources/portable/processes.ts'
import { portableSwapSource } from '../../src/collect/sources/portable/swap.ts'
import { systemClock } from '../../src/system/clock.ts'

/** What it is asked, as JSON in its first argument. */
export interface ForeignQuestion {
  readonly platform: 'darwin' | 'win32'
  /** Names of the sources to read. */
  readonly sources: readonly string[]
  /** How often each is read, at once. */
  readonly atOnce: number
  /** A function of the package to call after that, and its arguments. */
  readonly question?: readonly [string, ...string[]] | undefined
}

const { platform, sources, atOnce, question }: ForeignQuestion = JSON.parse(process.argv[2] ?? '')

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

const information = createRequire(import.meta.url)('systeminformation')
const doors = { platform, clock: systemClock(), loadSystemInformation: async () => information }
const built: readonly Source[] = [
  portableCpuSource(doors),
  portableMemorySource(doors),
  portableSwapSource(doors),
  portableFilesystemSource(doors),
  portableDiskSource(doors),
  portableNetworkSource(doors),
  portableProcessesSource(doors),
].filter(({ name }) => sources.includes(name))

const answerOf = async (source: Source) => {
  const answer = await source.read()
  return 'absent' in answer ? answer : { samples: answer.samples, skipped: answer.skipped }
}
const answers = await Promise.all(
  built.map(async (source) => [
    source.name,
    await Promise.all(Array.from({ length: atOnce }, () => answerOf(source))),
  ]),
)
const packageAnswer = question ? await information[question[0]](...question.slice(1)) : null
process.stdout.write(JSON.stringify({ answers: Object.fromEntries(answers), packageAnswer }))
