import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { lazySchema } from '../config/lazy-schema.ts'
import { FramewatchError } from '../model/errors.ts'
import { isExecutable } from '../system/files.ts'

/** The programs that were found, by absolute path or as configured. */
export interface FfmpegTools {
  readonly ffmpegPath: string
  readonly ffprobePath: string
  /** Where the ffmpeg is from. */
  readonly source: 'configured' | 'system' | 'bundled'
}

/** Where to look. */
export interface FfmpegSearch {
  /** Taken as it is: when it cannot be run nothing else is tried. */
  readonly ffmpegPath?: string
  readonly ffprobePath?: string
  /** Directories as in the environment variable PATH. @default that of this process */
  readonly searchPath?: string
}

const packages = { ffmpeg: '@ffmpeg-installer/ffmpeg', ffprobe: '@ffprobe-installer/ffprobe' } as const
type Program = keyof typeof packages

const packageSchema = lazySchema((z) => z.object({ path: z.string() }))

/**
 * Finds ffmpeg and ffprobe, each by itself: the configured one, else the system's, else the bundled one.
 *
 * @throws FramewatchError `FFMPEG_NOT_FOUND`; details hold `program` and, when it was configured, `path`.
 */
export function findFfmpeg(search: FfmpegSearch = {}): FfmpegTools {
  const folders = (search.searchPath ?? process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const ffmpegPath = find('ffmpeg', search.ffmpegPath, folders)
  return {
    ffmpegPath,
    ffprobePath: find('ffprobe', search.ffprobePath, folders),
    source: search.ffmpegPath ? 'configured' : ffmpegPath === bundledPath('ffmpeg') ? 'bundled' : 'system',
  }
}

function find(program: Program, configuredPath: string | undefined, folders: readonly string[]): string {
  if (configuredPath !== undefined) {
    if (isExecutable(configuredPath)) return configuredPath
    throw notFound(`The configured ${program} "${configuredPath}" cannot be run`, program, configuredPath)
  }
  const fileName = process.platform === 'win32' ? `${program}.exe` : program
  const found = folders.map((folder) => join(folder, fileName)).find(isExecutable) ?? bundledPath(program)
  if (found === undefined) throw notFound(`No ${program} was found`, program)
  return found
}

/** The binary of the optional package; undefined when it is not installed, not for this machine, or not executable. */
function bundledPath(program: Program): string | undefined {
  try {
    const { path } = packageSchema().parse(createRequire(import.meta.url)(packages[program]))
    return isExecutable(path) ? path : undefined
  } catch {
    return undefined
  }
}

function notFound(fact: string, program: Program, path?: string): FramewatchError {
  return new FramewatchError('FFMPEG_NOT_FOUND', fact, { details: { program, path } })
}
