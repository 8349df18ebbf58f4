/** Every kind of clean clip. */
import type { Chance, Footage } from './clip.ts'
import type { Format } from './paint/canvas.ts'
import { animation, animationOnTwos } from './scenes/animation.ts'
import { brightHighKey } from './scenes/bright-high-key.ts'
import { crossfades } from './scenes/crossfades.ts'
import { cuts } from './scenes/cuts.ts'
import { dark } from './scenes/dark.ts'
import { fade } from './scenes/fade.ts'
import { fastAction } from './scenes/fast-action.ts'
import { fire } from './scenes/fire.ts'
import { grain } from './scenes/grain.ts'
import { handheld } from './scenes/handheld.ts'
import { lightning } from './scenes/lightning.ts'
import { macro } from './scenes/macro.ts'
import { morph } from './scenes/morph.ts'
import { neonNight } from './scenes/neon-night.ts'
import { pan } from './scenes/pan.ts'
import { particles } from './scenes/particles.ts'
import { rotate } from './scenes/rotate.ts'
import { rotatingObject } from './scenes/rotating-object.ts'
import { slowDrift } from './scenes/slow-drift.ts'
import { sportsPan } from './scenes/sports-pan.ts'
import { stageLight } from './scenes/stage-light.ts'
import { talkingHead } from './scenes/talking-head.ts'
import { textCards } from './scenes/text-cards.ts'
import { timeLapse } from './scenes/time-lapse.ts'
import { traffic } from './scenes/traffic.ts'
import { walk } from './scenes/walk.ts'
import { water } from './scenes/water.ts'
import { waterReflections } from './scenes/water-reflections.ts'
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
  'text-cards': textCards,
  'fast-action': fastAction,
  'talking-head': talkingHead,
  fire,
  water,
  particles,
  'bright-high-key': brightHighKey,
  'neon-night': neonNight,
  animation,
  'animation-on-twos': animationOnTwos,
  'slow-drift': slowDrift,
  macro,
  'time-lapse': timeLapse,
  walk,
  'rotating-object': rotatingObject,
  'sports-pan': sportsPan,
  'water-reflections': waterReflections,
  'stage-light': stageLight,
  lightning,
  morph,
  traffic,
} as const satisfies Readonly<Record<string, SceneMaker>>

export type SceneKind = keyof typeof scenes
export const sceneKinds = Object.keys(scenes) as SceneKind[]
