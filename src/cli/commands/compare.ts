import { type Command, InvalidArgumentError } from 'commander'
import { readGroups, snapshotAt, snapshotOfId } from '../../engine/compared-spans.ts'
import type { Comparison } from '../../model/comparison.ts'
import { FramewatchError } from '../../model/errors.ts'
import type { StoreReader } from '../../store/store.ts'
import { systemClock } from '../../system/clock.ts'
import { compareGroups } from '../../track/compare/compare-groups.ts'
import { type ComparedSide, comparisonText, generationsOf } from '../comparison-text.ts'
import { formatTime } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'
import { timeBefore } from '../time.ts'

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/** What an argument names. */
type Asked = { readonly snapshotId: string } | { readonly timeMs: number } | Range

/** Ends the command, saying why. */
type Refuse = (fact: string) => never

const exitCodes = { regressed: 1, improved: 0, unchanged: 0, 'not enough data': 2 } as const

const help = `
A and B are each
  a snapshot:  its id (framewatch snapshots list)
  a time:      24h or -24h (ago), ISO 8601, Unix milliseconds: the newest snapshot in the hour before it
  a range:     FROM/TO, two times: -26h/-24h, 2026-11-24T10:00Z/2026-11-24T12:00Z: the generations that ended in it

Exit code: 0 nothing regressed, 1 something regressed, 2 nothing could be compared.`

export function addCompare(program: Command, { out, setExitCode }: CommandContext): void {
  const parse = askedBefore(systemClock().nowMs())
  const command = program
    .command('compare')
    .description('what regressed or improved from A to B: which model, resolution or node, by how much')
    .argument('<A>', 'before: a snapshot, a time, or a range of time', parse)
    .argument('<B>', 'after: likewise', parse)
    .addHelpText('after', help)
    // -24h is no option.
    .allowUnknownOption()
  const refuse: Refuse = (fact) => command.error(`error: ${fact}`)
  withCommonOptions(command).action(async (first: Asked, second: Asked, { baseDir, json }: CommonOptions) => {
    const read = async (reader: StoreReader) => ({
      a: await readSide(reader, first, refuse),
      b: await readSide(reader, second, refuse),
    })
    const { a, b } = await withReader(baseDir, read).catch((error: unknown) => {
      // The exit code 1 says that something regressed.
      if (error instanceof FramewatchError) return command.error(`framewatch: ${error.code} ${error.message}`)
      throw error
    })
    const overlap = overlapOf(a, b)
    if (overlap) refuse(overlap)
    const comparison = compareGroups(a.groups, b.groups)
    setExitCode(exitCodes[comparison.verdict])
    out(json ? JSON.stringify(toJson(a, b, comparison)) : comparisonText(a, b, comparison))
  })
}

/** Makes a parser of what an argument names; it throws commander's `InvalidArgumentError`. */
function askedBefore(nowMs: number): (text: string) => Asked {
  const timeOf = timeBefore(nowMs)
  return (text) => {
    if (text.startsWith('snap_')) return { snapshotId: text }
    const [from = '', to, ...more] = text.split('/')
    if (to === undefined) return { timeMs: timeOf(from) }
    const range = { fromMs: timeOf(from), toMs: timeOf(to) }
    if (more.length === 0 && range.fromMs < range.toMs) return range
    throw new InvalidArgumentError('Expected a range of two times, the earlier first: -26h/-24h.')
  }
}

async function readSide(reader: StoreReader, asked: Asked, refuse: Refuse): Promise<ComparedSide> {
  if ('fromMs' in asked) return { groups: await readGroups(reader, asked.fromMs, asked.toMs) }
  const snapshot =
    'snapshotId' in asked
      ? await snapshotOfId(reader, asked.snapshotId)
      : await snapshotAt(reader, asked.timeMs)
  if (!snapshot) return refuse(whyNone(asked))
  const { id, timestampMs, groups } = snapshot
  if (groups) return { groups, snapshotId: id }
  return refuse(
    `Snapshot ${id} of ${formatTime(timestampMs)} is of an earlier version, which told no groups apart: give a range of time instead, FROM/TO`,
  )
}

function whyNone(asked: Exclude<Asked, Range>): string {
  return 'snapshotId' in asked
    ? `No snapshot "${asked.snapshotId}" is stored: see framewatch snapshots list`
    : `No snapshot in the hour before ${formatTime(asked.timeMs)}: give a range of time instead, FROM/TO`
}

/** Shared generations would hide what changed, and pass for evidence that nothing did. */
function overlapOf({ groups: a }: ComparedSide, { groups: b }: ComparedSide): string | undefined {
  if (a.fromMs >= b.toMs || b.fromMs >= a.toMs) return undefined
  const spans = [a, b].map(({ fromMs, toMs }) => `${formatTime(fromMs)} to ${formatTime(toMs)}`)
  return `A and B overlap: ${spans.join(', and ')}`
}

function toJson(a: ComparedSide, b: ComparedSide, comparison: Comparison) {
  const side = ({ groups, snapshotId }: ComparedSide) => ({
    ...(snapshotId !== undefined && { snapshotId }),
    fromMs: groups.fromMs,
    toMs: groups.toMs,
    generations: generationsOf(groups),
  })
  return { a: side(a), b: side(b), ...comparison }
}
