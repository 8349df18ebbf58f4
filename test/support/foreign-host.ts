/**
 * Reads the portable sources as another system would: in a process of its own, where Node and the real package
 * `systeminformation` take that system for theirs, and its commands print what was recorded of them.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { SourceReading } from '../../src/collect/source.ts'
import type { VitalSigns } from '../../src/model/status.ts'
import type { ForeignQuestion } from './foreign-host-child.ts'
import { repository, startProcess, temporaryDirectory } from './service-process.ts'

type ForeignPlatform = ForeignQuestion['platform']

const commands: Readonly<Record<ForeignPlatform, readonly string[]>> = {
  darwin: [
    ...['vm_stat', 'sysctl', 'df', 'mount', 'diskutil', 'ioreg', 'netstat'],
    ...['ifconfig', 'ps', 'route', 'ipconfig'],
  ],
  win32: ['powershell.exe', 'netstat', 'ipconfig', 'netsh', 'chcp'],
}

/** By default no source is read, each of those named once, and no tick collected. */
interface ForeignOptions extends Partial<Omit<ForeignQuestion, 'platform'>> {
  /** Recordings that take the place of those kept, by name: an empty one is a command that fails. */
  readonly recordings?: Readonly<Record<string, string>>
}

type ForeignAnswer = Pick<SourceReading, 'samples' | 'skipped'> & { readonly absent?: string }

interface ForeignAnswers {
  /** By source; as many as were read at once. */
  readonly answers: Readonly<Partial<Record<string, readonly ForeignAnswer[]>>>
  /** After the ticks; `null` when none were asked for. */
  readonly signs: VitalSigns | null
  readonly packageAnswer: unknown
  /** The recordings that were printed, in order. */
  readonly calls: readonly string[]
}

export async function askForeignHost(
  platform: ForeignPlatform,
  { sources = [], atOnce = 1, ticks = 0, recordings = {}, question }: ForeignOptions,
): Promise<ForeignAnswers> {
  const folder = temporaryDirectory()
  const programs = join(folder, 'bin')
  const first = join(folder, 'first')
  const calls = join(folder, 'calls')
  for (const path of [programs, first]) mkdirSync(path)
  for (const command of commands[platform]) {
    copyFileSync(join(import.meta.dirname, 'recorded-command.sh'), join(programs, command))
    chmodSync(join(programs, command), 0o755)
  }
  for (const [name, text] of Object.entries(recordings)) writeFileSync(join(first, `${name}.txt`), text)
  const child = join(import.meta.dirname, 'foreign-host-child.ts')
  const asked: ForeignQuestion = { platform, sources, atOnce, ticks, question }
  const running = startProcess(process.execPath, [child, JSON.stringify(asked)], {
    PATH: `${programs}${delimiter}${process.env['PATH']}`,
    RECORDED: join(repository, 'test', 'fixtures', platform === 'darwin' ? 'macos' : 'windows'),
    RECORDED_FIRST: first,
    RECORDED_CALLS: calls,
    RECORDED_LINE_END: platform === 'win32' ? 'crlf' : 'lf',
  })
  const { code } = await running.exited
  if (code !== 0) throw new Error(`The foreign host failed: ${running.stderr()}`)
  const called = existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').slice(0, -1) : []
  return { ...JSON.parse(running.stdout()), calls: called }
}

/** A sample as a line: its name, the values of its attributes, its value. */
export function linesOf({ samples }: Pick<SourceReading, 'samples'>): readonly string[] {
  return samples.map(({ name, attributes, value }) => [name, ...Object.values(attributes), value].join(' '))
}
