/** How a clean clip becomes a defective one; what is done, where, and how strongly, is known exactly. */
import type { DefectType, QualityExpectations } from '../../../../src/model/quality.ts'
import type { Chance, Clip } from '../clip.ts'
import type { Traits } from './traits.ts'

/** The part of the clip that is spoilt. `end` is the last part, to the last frame. */
export type Place = 'start' | 'middle' | 'end' | 'whole'

export interface Strength {
  /** In the unit of the variant. */
  readonly level: number
  /** How long the defect lasts, unless its place is the whole clip. @default the whole clip */
  readonly seconds?: number
}

/** What a variant may use. */
export interface Task {
  readonly clip: Clip
  readonly strength: Strength
  readonly place: Place
  readonly chance: Chance
  /** Clean, of the same size; given when the variant is `mixed`. */
  readonly other?: Clip
}

/** A defective clip. */
export interface Spoilt {
  readonly clip: Clip
  /** Where the defect is. @default the whole clip */
  readonly startSeconds?: number
  readonly endSeconds?: number
  /** What differs from the expectations that the clip itself fulfils. */
  readonly expectations?: QualityExpectations
}

/** One way for a defect to look. */
export interface Variant {
  readonly name: string
  /** Of the level, for readers. */
  readonly unit: string
  /** From the documented strength, the weakest that must be found, to the strongest. */
  readonly strengths: readonly Strength[]
  /** Where it can be. @default the whole clip */
  readonly places?: readonly Place[]
  /** Needs another clip. @default false */
  readonly mixed?: boolean
  /** False: in this clip nobody could see or hear it. @default true */
  suits?(traits: Traits, strength: Strength): boolean
  spoil(task: Task): Spoilt
  /** Spoils the encoded file instead. */
  damage?(path: string, task: Omit<Task, 'clip'>): void
}

/** One type of defect. One file for each. */
export interface Injection {
  readonly type: DefectType
  readonly variants: readonly Variant[]
}

/** The true answer to the check of a defective clip. */
export interface Truth {
  readonly type: DefectType
  readonly startSeconds: number
  readonly endSeconds: number
  readonly strength: Strength
}

/** Frames `from` to `to - 1`. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The frames at a place. A span at the middle begins anywhere in the middle third of where it can. */
export function spanOf({ clip, strength, place, chance }: Task): Span {
  const { frames, fps } = clip.footage
  if (place === 'whole' || strength.seconds === undefined) return { from: 0, to: frames }
  const count = Math.min(frames, Math.ceil(strength.seconds * fps))
  const room = frames - count
  const from = { start: 0, middle: Math.round(room * (1 / 3 + chance() / 3)), end: room }[place]
  return { from, to: from + count }
}

export function secondsOf(clip: Clip, { from, to }: Span): { startSeconds: number; endSeconds: number } {
  return { startSeconds: from / clip.footage.fps, endSeconds: to / clip.footage.fps }
}

export function durationOf(clip: Clip): number {
  return clip.footage.frames / clip.footage.fps
}

/** The clip as it is: what is spoilt is something else. */
export function unchanged({ clip }: Task): Spoilt {
  return { clip }
}

/** What the clip is. */
export function expectationsOf(clip: Clip, shots: number): QualityExpectations {
  const { width, height, fps } = clip.footage
  return {
    width,
    height,
    fps,
    durationSeconds: durationOf(clip),
    audio: clip.sound !== undefined,
    shots,
  }
}
