/** What works on this machine, found out by trying it; and what to do about what does not. */
import { dirname } from 'node:path'
import { defaultSourceSettings, type SourceSettings } from '../collect/source-options.ts'
import { findFfmpeg } from '../media/ffmpeg.ts'
import { FramewatchError, messageOf } from '../model/errors.ts'
import type { SourceHealth } from '../model/status.ts'
import { isWriterAlive } from '../store/sqlite/writer-lock.ts'
import { accessSync, constants, existsSync } from '../system/files.ts'
import { ownCollector } from './host-collector.ts'
import { openReader } from './open-reader.ts'

/** The finding of one check. */
export interface Diagnosis {
  readonly check: string
  /** `warning`: a part is missing that not everyone needs. */
  readonly state: 'ok' | 'warning' | 'failed'
  readonly detail: string
  readonly remedy?: string
}

/**
 * Tries every part once. Creates nothing.
 *
 * @param sources - as the options of the service have them.
 */
export async function diagnose(
  baseDir: string,
  sources: SourceSettings = defaultSourceSettings,
): Promise<readonly Diagnosis[]> {
  return [
    nodeVersion(),
    writableBaseDir(baseDir),
    await readableStore(baseDir),
    ffmpeg(),
    ...(await diagnoseSources(sources)),
  ]
}

function nodeVersion(): Diagnosis {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isRecent = major >= 24 || (major === 22 && minor >= 16)
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`
  if (isRecent) return { check: 'node', state: 'ok', detail }
  return { check: 'node', state: 'failed', detail, remedy: 'Install Node 22.16, or 24 and newer.' }
}

/** The directory, or the nearest one above it that is there, must let this user write. */
function writableBaseDir(baseDir: string): Diagnosis {
  const check = 'base directory'
  let folder = baseDir
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    // The final "." makes a regular file fail, as creating a directory below it would.
    accessSync(`${folder}/.`, constants.R_OK | constants.W_OK | constants.X_OK)
    const detail = folder === baseDir ? `${baseDir} can be written to` : `${baseDir} can be created`
    return { check, state: 'ok', detail }
  } catch (error) {
    return failure(check, new FramewatchError('BASE_DIR_UNWRITABLE', `${baseDir}: ${messageOf(error)}`))
  }
}

async function readableStore(baseDir: string): Promise<Diagnosis> {
  const check = 'store'
  try {
    const reader = await openReader(baseDir)
    const sizeBytes = await reader.sizeBytes()
    await reader.close()
    const writer = isWriterAlive(baseDir) ? 'a service is writing to it' : 'no service is writing to it'
    return { check, state: 'ok', detail: `${sizeBytes} bytes; ${writer}` }
  } catch (error) {
    if (error instanceof FramewatchError && error.code === 'STORE_NOT_FOUND') {
      return { check, state: 'ok', detail: 'none yet; the first service makes it' }
    }
    return failure(check, error)
  }
}

function ffmpeg(): Diagnosis {
  try {
    const { ffmpegPath, ffprobePath, source } = findFfmpeg()
    const detail = `${ffmpegPath} (${source}), ${ffprobePath}: outputs can be checked`
    return { check: 'ffmpeg', state: 'ok', detail }
  } catch (error) {
    // Only the local model, the facts of output files and their checks need it.
    const found = failure('ffmpeg', error)
    return { ...found, state: 'warning', detail: `outputs stay unverified: ${found.detail}` }
  }
}

/** Every source of this platform: how its reading went, or why it is off. */
async function diagnoseSources(settings: SourceSettings): Promise<readonly Diagnosis[]> {
  const collector = ownCollector(process.platform, settings)
  const { health } = await collector.collect()
  await collector.close()
  return [...health.map(describeSource), ...settings.off.map(describeOff)]
}

function describeOff(source: string): Diagnosis {
  return { check: `source ${source}`, state: 'ok', detail: 'turned off by `sources.off` of the options' }
}

function describeSource({
  source,
  state,
  error,
  reason,
  durationMs,
  skipped,
  notes = [],
}: SourceHealth): Diagnosis {
  const check = `source ${source}`
  const left = skipped > 0 ? `; ${skipped} values were unusable and left out` : ''
  if (state === 'ok')
    return { check, state: 'ok', detail: [`read in ${durationMs.toFixed(1)} ms${left}`, ...notes].join('; ') }
  if (state === 'absent') return { check, state: 'ok', detail: `not on this machine: ${reason ?? ''}` }
  const remedy = 'Its metrics are missing; the others are collected. See the detail.'
  return { check, state: 'warning', detail: `${state.replace('_', ' ')}: ${error ?? ''}`, remedy }
}

function failure(check: string, error: unknown): Diagnosis {
  if (!(error instanceof FramewatchError)) return { check, state: 'failed', detail: messageOf(error) }
  return { check, state: 'failed', detail: error.message, remedy: error.remedy }
}
