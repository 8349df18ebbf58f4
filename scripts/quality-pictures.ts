// Draws the pictures of docs/quality.md: `node scripts/quality-pictures.ts`. Each is of a clip of the bench, spoilt as there.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../bench/quality/corpus/chance.ts'
import type { Clip, Picture } from '../bench/quality/corpus/clip.ts'
import { wavOf } from '../bench/quality/corpus/encode.ts'
import { injections } from '../bench/quality/corpus/inject/all.ts'
import type { Place } from '../bench/quality/corpus/inject/inject.ts'
import { type SceneKind, scenes } from '../bench/quality/corpus/scenes.ts'
import { type SoundKind, soundOf } from '../bench/quality/corpus/sounds.ts'
import { findFfmpeg } from '../src/media/ffmpeg.ts'
import type { DefectType } from '../src/model/quality.ts'

interface Spoiling {
  readonly type: DefectType
  readonly variant: string
  /** Of the variant's strengths. */
  readonly strength: number
  readonly place: Place
}

interface Drawing extends Spoiling {
  readonly scene: SceneKind
  /** Shown side by side: counted from the first one that is spoilt. */
  readonly frames: readonly number[]
}

interface Waveform extends Spoiling {
  readonly sound: SoundKind
}

const format = { width: 480, height: 270, fps: 24, frames: 72, shots: 1 }
const maxBytes = 25 * 1024

const drawings: Readonly<Record<string, Drawing>> = {
  black: {
    type: 'black',
    variant: 'not a number',
    strength: 0,
    place: 'middle',
    scene: 'pan',
    frames: [-1, 0, 6],
  },
  frozen: {
    type: 'frozen',
    variant: 'held',
    strength: 2,
    place: 'end',
    scene: 'rotate',
    frames: [-12, 0, 20, 40],
  },
  flicker: {
    type: 'flicker',
    variant: 'brightness',
    strength: 2,
    place: 'whole',
    scene: 'pan',
    frames: [30, 31, 32, 33],
  },
  'noise-static': {
    type: 'noise',
    variant: 'static',
    strength: 1,
    place: 'whole',
    scene: 'pan',
    frames: [10],
  },
  'noise-latents': {
    type: 'noise',
    variant: 'latents',
    strength: 1,
    place: 'whole',
    scene: 'pan',
    frames: [10],
  },
  blurred: {
    type: 'blurred',
    variant: 'out of focus',
    strength: 1,
    place: 'end',
    scene: 'pan',
    frames: [-1, 0],
  },
  'blocky-lost': {
    type: 'blocky',
    variant: 'mixed',
    strength: 1,
    place: 'whole',
    scene: 'pan',
    frames: [10],
  },
  'blocky-mosaic': {
    type: 'blocky',
    variant: 'means of blocks',
    strength: 1,
    place: 'whole',
    scene: 'pan',
    frames: [10],
  },
  'blocky-bands': {
    type: 'blocky',
    variant: 'bands',
    strength: 2,
    place: 'whole',
    scene: 'slow-drift',
    frames: [10],
  },
  'abrupt-cut': {
    type: 'abrupt_cut',
    variant: 'as it is',
    strength: 0,
    place: 'middle',
    scene: 'pan',
    frames: [-1, 0, 1, 2],
  },
  'loop-seam': {
    type: 'loop_seam',
    variant: 'jumps back',
    strength: 0,
    place: 'end',
    scene: 'rotate',
    frames: [-23, -12, 0, 1],
  },
  'colour-drift': {
    type: 'colour_drift',
    variant: 'cast grows',
    strength: 2,
    place: 'whole',
    scene: 'pan',
    frames: [0, 24, 48, 71],
  },
  'ghost-frames': {
    type: 'ghost_frames',
    variant: 'blended',
    strength: 2,
    place: 'whole',
    scene: 'rotate',
    frames: [30, 31, 32],
  },
}

const waveforms: Readonly<Record<string, Waveform>> = {
  silent: { type: 'silent', variant: 'ends early', strength: 1, place: 'whole', sound: 'music' },
  clipping: { type: 'clipping', variant: 'overdriven', strength: 2, place: 'middle', sound: 'speech' },
  loudness: { type: 'loudness', variant: 'hardly heard', strength: 0, place: 'whole', sound: 'speech' },
  'av-mismatch': {
    type: 'av_mismatch',
    variant: 'sound too short',
    strength: 2,
    place: 'whole',
    sound: 'music',
  },
}

/** Pixels between two frames of a strip, and of the whole of it. */
const gap = 4
const stripWidth = 960
const singleWidth = 480
const folder = join(import.meta.dirname, '../docs/images/quality')
const scratch = mkdtempSync(join(tmpdir(), 'framewatch-pictures-'))

try {
  mkdirSync(folder, { recursive: true })
  for (const [name, drawing] of Object.entries(drawings)) draw(name, drawing)
  for (const [name, waveform] of Object.entries(waveforms)) drawSound(name, waveform)
} finally {
  rmSync(scratch, { recursive: true })
}

function draw(name: string, drawing: Drawing): void {
  const { scene, frames } = drawing
  const make = (seed: number): Clip => ({ footage: scenes[scene](format, seeded(seed)) })
  const { clip, startSeconds = 0 } = spoil(make(5), drawing, make(11))
  const { footage } = clip
  const first = Math.round(startSeconds * footage.fps)
  const pictures = frames.map((offset): Picture => {
    const picture = new Uint8Array(footage.width * footage.height * 1.5)
    footage.draw(first + offset, picture)
    return picture
  })
  const input = join(scratch, `${name}.yuv`)
  writeFileSync(input, Buffer.concat(pictures))
  const size = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${footage.width}x${footage.height}`]
  const width = frames.length > 1 ? stripWidth : singleWidth
  const tile = `tile=${frames.length}x1:padding=${gap}:color=white`
  const colours = 'in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc'
  writeJpeg(name, [...size, '-i', input, '-vf', `${tile},scale=${width}:-2:${colours}`])
}

/** The scale of the waveform is the whole range of the samples. */
function drawSound(name: string, waveform: Waveform): void {
  const seconds = format.frames / format.fps
  const footage = scenes.pan(format, seeded(5))
  const clean = { footage, sound: soundOf(waveform.sound, seconds, seeded(3)) }
  const { clip } = spoil(clean, waveform, clean)
  if (!clip.sound) throw new Error(`There is no sound left: ${name}`)
  const input = join(scratch, `${name}.wav`)
  writeFileSync(input, wavOf(clip.sound))
  const wave = 'showwavespic=s=640x120:split_channels=0:colors=0x2060a0'
  const filter = `[0:a]aformat=channel_layouts=mono,apad=whole_dur=${seconds},${wave}[w];color=white:s=640x120[b];[b][w]overlay`
  writeJpeg(name, ['-i', input, '-filter_complex', filter])
}

function spoil(clip: Clip, { type, variant, strength, place }: Spoiling, other: Clip) {
  const found = injections[type].variants.find(({ name }) => name === variant)
  const level = found?.strengths[strength]
  if (!found || !level) throw new Error(`There is no ${type} that is "${variant}", ${strength}`)
  return found.spoil({ clip, strength: level, place, chance: seeded(7), ...(found.mixed && { other }) })
}

/** The best quality that fits. */
function writeJpeg(name: string, args: readonly string[]): void {
  const path = join(folder, `${name}.jpg`)
  for (let quality = 4; quality <= 31; quality++) {
    const output = ['-frames:v', '1', '-pix_fmt', 'yuvj420p', '-q:v', String(quality), '-y', path]
    execFileSync(findFfmpeg().ffmpegPath, ['-v', 'error', '-bitexact', ...args, ...output])
    if (statSync(path).size <= maxBytes) return
  }
  throw new Error(`${path} does not fit into ${maxBytes} bytes`)
}
