/** Every kind of clean clip. */
import type { Chance, Footage } from './clip.ts'
import type { Format } from './paint/canvas.ts'
import { crossfades } from './scenes/crossfades.ts'
import { cuts } from './scenes/cuts.ts'
import { dark } from './scenes/dark.ts'
import { fade } from './scenes/fade.ts'
import { grain } from './scenes/grain.ts'
import { handheld } from './scenes/handheld.ts'
import { pan } from './scenes/pan.ts'
import { rotate } from './scenes/rotate.ts'
import { slowDrift } from './scenes/slow-drift.ts'
import { zoom } from './scenes/zoom.ts'

export type SceneMaker = (format: Format, chance: Chance) => Footage

export const scenes = {
  pan,
  zoom,
  rotate,
  cuts,
  crossfades,
  fade,
  handheld,
  grain,
  dark,
  'slow-drift': slowDrift,
} as const satisfies Readonly<Record<string, SceneMaker>>

export type SceneKind = keyof typeof scenes
export const sceneKinds = Object.keys(scenes) as SceneKind[]
