import { basename, join } from 'node:path'
import { type Command, Option } from 'commander'
import type { QualityExpectations, QualityReport } from '../../model/quality.ts'
import { analyzeVideo } from '../../quality/analyze-video.ts'
import { makeDirectory } from '../../system/files.ts'
import { qualityText } from '../quality-text.ts'
import { type CommandContext, countUpTo } from '../terminal.ts'
import { endingOnSignals } from '../until-signal.ts'
import { addQualityCalibrate } from './quality-calibrate.ts'
import { type CheckOptions, maxSeconds, numberUpTo, refuse, withCheckOptions } from './quality-options.ts'

interface QualityCommandOptions extends CheckOptions {
  readonly expectWidth?: number
  readonly expectHeight?: number
  readonly expectFps?: number
  readonly expectDuration?: number
  readonly expectAudio?: true
  readonly expectNoAudio?: true
  readonly expectShots?: number
  readonly expectLoop?: true
  readonly thumbnails?: string
}

const maxWidth = 100_000
const maxShots = 10_000

const help = `
Exit code: 0 all are fine, 1 some are defective or unreadable, 2 some could not be checked.`

export function addQuality(program: Command, context: CommandContext): void {
  const command = program
    .command('quality')
    .description('what is wrong with video files: opens and looks at every frame of them')
    .argument('<file...>', 'the videos')
    .addHelpText('after', help)
    .enablePositionalOptions()
    .option('--expect-width <pixels>', 'as shown, after rotation', countUpTo(maxWidth))
    .option('--expect-height <pixels>', 'likewise', countUpTo(maxWidth))
    .option('--expect-fps <number>', 'frames per second', numberUpTo(1000))
    .option('--expect-duration <seconds>', 'of the picture', numberUpTo(maxSeconds))
    .addOption(new Option('--expect-audio', 'it must have sound').conflicts('expectNoAudio'))
    .option('--expect-no-audio', 'it needs no sound, and silence is fine')
    .option('--expect-shots <number>', 'cuts beyond them are defects', countUpTo(maxShots))
    .option('--expect-loop', 'its end must lead into its start')
  withCheckOptions(command)
    .option('--thumbnails <dir>', 'write small pictures of each video to a folder of its own there')
    .action(async (files: string[], options: QualityCommandOptions) => {
      const check = (signal: AbortSignal) => checkAll(files, options, context, signal)
      await endingOnSignals(context.setExitCode, check).catch(refuse(command))
    })
  addQualityCalibrate(command, context)
}

async function checkAll(
  files: readonly string[],
  options: QualityCommandOptions,
  { out, setExitCode }: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const { profile, budget, thumbnails, json } = options
  const expectations = expectationsOf(options)
  const folders = thumbnails === undefined ? undefined : foldersOf(thumbnails, files)
  const reports: QualityReport[] = []
  // Who ends before all are checked, as when nobody reads any more, must not seem to say that they are good.
  setExitCode(2)
  for (const [index, file] of files.entries()) {
    const thumbnailDir = folders?.[index]
    if (thumbnailDir !== undefined) await makeDirectory(thumbnailDir)
    const report = await analyzeVideo(file, expectations, profile, {
      ...{ signal, thumbnailDir },
      ...(budget !== undefined && { budgetMs: budget * 1000 }),
    })
    reports.push(report)
    if (!json) out(qualityText(report))
  }
  setExitCode(exitCodeOf(reports))
  if (json) out(JSON.stringify(reports))
}

function exitCodeOf(reports: readonly QualityReport[]): number {
  if (reports.some(({ verdict }) => verdict === 'unverified')) return 2
  return reports.every(({ verdict }) => verdict === 'ok') ? 0 : 1
}

function expectationsOf(options: QualityCommandOptions): QualityExpectations {
  const { expectWidth, expectHeight, expectFps, expectDuration, expectShots, expectLoop } = options
  return {
    width: expectWidth,
    height: expectHeight,
    fps: expectFps,
    durationSeconds: expectDuration,
    audio: options.expectNoAudio ? false : options.expectAudio,
    shots: expectShots,
    loop: expectLoop,
  }
}

/** A folder for each file, named as it; of equal names the later ones get a number. */
function foldersOf(parent: string, files: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return files.map((file) => {
    const name = basename(file)
    const start = /^\.*$/.test(name) ? 'video' : name
    let unique = start
    for (let number = 2; taken.has(unique); number++) unique = `${start}-${number}`
    taken.add(unique)
    return join(parent, unique)
  })
}
