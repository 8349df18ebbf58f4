/** Every clip of the bench as a file: clean ones, clean loops, defective ones. Made once, found again. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefectType, QualityExpectations } from '../../src/model/quality.ts'
import type { Clip } from './corpus/clip.ts'
import { type CleanClipSpec, cleanClips, renderClean } from './corpus/clips.ts'
import { type Encoding, encodeClip } from './corpus/encode.ts'
import { expectationsOf, type Truth } from './corpus/inject/inject.ts'
import { pingPong } from './corpus/inject/loop-seam.ts'
import { type DefectSpec, defectiveClips, renderDefective } from './corpus/inject/plan.ts'
import type { Case, Half } from './score.ts'

/** A case, its file, and what the check is told. */
export interface FileCase {
  readonly subject: Case
  readonly path: string
  readonly expectations: QualityExpectations
}

/** A clip that could be made. */
interface Recipe {
  readonly subject: Omit<Case, 'truth'>
  readonly encoding: Encoding
  /** All that the file depends on: another recipe of the same name is made anew. */
  readonly key: unknown
  make(): {
    readonly clip: Clip
    readonly expectations: QualityExpectations
    readonly truth?: Truth
    damage?(path: string): void
  }
}

interface Selection {
  readonly seed: number
  readonly clean: number
  readonly perType: number
  readonly halves: readonly Half[]
  /** @default all */
  readonly types?: readonly DefectType[]
}

/** Raised when the same specs give other files: then everything is made anew. */
const version = 1
/** Clean clips that defects are made from, for each clip of a type. */
const sources = 4
/** One in so many of the clean clips is also made a loop. */
const loopsIn = 10

export function recipesOf(folder: string, selection: Selection): readonly Recipe[] {
  const { seed, clean, halves, types } = selection
  const isWanted = ({ half }: { readonly half: Half }): boolean => halves.includes(half)
  const wholes = cleanClips(seed, clean).filter(isWanted)
  const loops = wholes.filter((spec, at) => at % loopsIn === 0 && spec.shots === 1)
  const defects = plan(folder, selection).filter(
    (spec) => isWanted(spec) && (types?.includes(spec.type) ?? true),
  )
  return [...wholes.map(cleanRecipe), ...loops.map(loopRecipe), ...defects.map(defectRecipe)]
}

/** To see which clip suits which defect, hundreds are drawn: what came of it is kept. */
function plan(folder: string, { seed, perType }: Selection): readonly DefectSpec[] {
  if (perType === 0) return []
  const path = join(folder, `plan-${version}-${seed}-${perType}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  // Another seed than that of the clean clips: a threshold that fits those by chance is found out.
  const specs = defectiveClips(seed, cleanClips(seed + 1_000_000, Math.max(80, sources * perType)), perType)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, JSON.stringify(specs))
  return specs
}

function cleanRecipe(spec: CleanClipSpec): Recipe {
  const make = () => {
    const clip = renderClean(spec)
    return { clip, expectations: expectationsOf(clip, spec.shots) }
  }
  return {
    subject: { id: spec.id, half: spec.half, profile: spec.profile, about: aboutClip(spec) },
    encoding: spec.encoding,
    key: spec,
    make,
  }
}

function loopRecipe(spec: CleanClipSpec): Recipe {
  const make = () => {
    const clip = pingPong(renderClean(spec))
    return { clip, expectations: { ...expectationsOf(clip, spec.shots), loop: true } }
  }
  const { half, profile } = spec
  const subject = { id: `loop-${spec.id}`, half, profile, about: `loop of ${aboutClip(spec)}` }
  return { subject, encoding: spec.encoding, key: [spec, 'loop'], make }
}

function defectRecipe(spec: DefectSpec): Recipe {
  const { id, half, type, variant, strength, place, isWeakest, clean } = spec
  const about = `${type}, ${variant}, ${JSON.stringify(strength)}, ${place}; ${aboutClip(clean)}`
  const isFileDamage = type === 'unreadable' || type === 'empty'
  // What is done to a file is known for MP4.
  const encoding: Encoding = isFileDamage ? { ...clean.encoding, container: 'mp4' } : clean.encoding
  const subject = { id, half, profile: clean.profile, about, isWeakest }
  return { subject, encoding, key: spec, make: () => renderDefective(spec) }
}

function aboutClip({ kind, width, height, fps, seconds, encoding }: CleanClipSpec): string {
  return `${kind} ${width}x${height} ${fps} fps ${seconds.toFixed(1)} s ${encoding.codec}`
}

/** What stands beside each file. */
interface Note {
  readonly key: string
  readonly truth?: Truth
  readonly expectations: QualityExpectations
}

/** Makes the file, unless it is there. */
export async function fileOf(folder: string, recipe: Recipe): Promise<FileCase> {
  const { subject, encoding } = recipe
  const path = join(folder, `${subject.id}.${encoding.container}`)
  const notePath = join(folder, `${subject.id}.json`)
  const key = JSON.stringify([version, encoding, recipe.key])
  const note = readNote(notePath)
  if (note?.key === key && existsSync(path)) return caseOf(subject, path, note)
  const { clip, expectations, truth, damage } = recipe.make()
  const partial = join(folder, `${subject.id}.${process.pid}.partial`)
  await encodeClip(clip, partial, encoding)
  damage?.(partial)
  renameSync(partial, path)
  const written: Note = { key, expectations, ...(truth && { truth }) }
  // Written last: a file without its note is made anew.
  writeFileSync(notePath, JSON.stringify(written))
  return caseOf(subject, path, written)
}

function readNote(path: string): Note | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Note) : undefined
}

function caseOf(subject: Recipe['subject'], path: string, { truth, expectations }: Note): FileCase {
  return { subject: { ...subject, ...(truth && { truth }) }, path, expectations }
}
