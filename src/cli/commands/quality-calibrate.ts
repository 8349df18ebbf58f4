import { extname, join } from 'node:path'
import type { Command } from 'commander'
import { readdir, writeFile } from '../../system/files.ts'
import { writeWholeFile } from '../../system/whole-file.ts'
import { calibratedVideoText, calibrationText, profileYaml } from '../calibration-text.ts'
import { type CommandContext, countUpTo } from '../terminal.ts'
import { endingOnSignals } from '../until-signal.ts'
import { type CheckOptions, refuse, withCheckOptions } from './quality-options.ts'

interface CalibrateOptions extends CheckOptions {
  readonly out: string
  readonly force?: true
  readonly limit: number
}

/** Of the containers that are opened; `.ts` is left out, since it is far more often TypeScript. */
const extensions = new Set(
  ['mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'm2ts', 'ogv', 'flv', 'gif'].map((name) => `.${name}`),
)
const usualLimit = 200
const maxLimit = 10_000

export function addQualityCalibrate(group: Command, context: CommandContext): void {
  const command = group
    .command('calibrate')
    .description('write a profile under which the known-good videos of a folder are fine')
    .argument('<dir>', 'the folder; also those in it are searched')
  withCheckOptions(command)
    .option('--out <file>', 'the profile to write; - for the standard output', '-')
    .option('--force', 'replace the file when it exists')
    .option('--limit <number>', 'the most videos to look at, by name', countUpTo(maxLimit), usualLimit)
    .action(async (folder: string, options: CalibrateOptions) => {
      const run = (signal: AbortSignal) => calibrateFolder(folder, options, context, signal)
      await endingOnSignals(context.setExitCode, run).catch(refuse(command))
    })
}

async function calibrateFolder(
  folder: string,
  options: CalibrateOptions,
  { out, error }: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const { profile, budget, limit, out: path, force = false, json } = options
  const found = await videosIn(folder, limit + 1)
  const paths = found.slice(0, limit)
  // Where the profile goes to the standard output, everything else goes beside it.
  const say = json ? () => undefined : path === '-' ? error : out
  const { calibrate } = await import('../../quality/calibrate.ts')
  const calibration = await calibrate(paths, profile, {
    ...{ signal, onVideo: (video) => say(calibratedVideoText(video)) },
    ...(budget !== undefined && { budgetMs: budget * 1000 }),
  })
  if (calibration.files === 0) throw new Error(`No video in ${folder} could be measured`)
  const yaml = profileYaml(calibration)
  if (path !== '-')
    await writeWholeFile(path, { replace: force }, (temporaryPath) =>
      writeFile(temporaryPath, yaml, { flag: 'wx' }),
    )
  if (json) return out(JSON.stringify({ ...calibration, isLimited: found.length > limit }))
  say(calibrationText(calibration, found.length > limit ? limit : undefined))
  if (path === '-') out(yaml.trimEnd())
  else out(`The profile: ${path}`)
}

/** Files by their extension, in the order of their names, folders in turn; links to folders are not followed. */
async function videosIn(folder: string, most: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (found.length >= most) break
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await videosIn(path, most - found.length)))
    else if (extensions.has(extname(entry.name).toLowerCase())) found.push(path)
  }
  return found
}
