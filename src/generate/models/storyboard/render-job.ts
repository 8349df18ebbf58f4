/**
 * A plan, as the files and arguments of ffmpeg. Only filters that ffmpeg had in 2018 are used, because the bundled
 * binary is that old. No text of the user is among the arguments: it is read from files, and never expanded.
 */
import { layOutCard } from './card.ts'
import type { Scene, StoryboardPlan } from './plan.ts'
import type { Layer } from './scenery.ts'
import { chordExpression } from './sound.ts'

/** A file that ffmpeg reads, by its name in the working directory. */
interface InputFile {
  readonly name: string
  readonly bytes: Uint8Array | string
}

/** What ffmpeg needs besides the font. */
export interface RenderJob {
  readonly files: readonly InputFile[]
  /** The pictures, in the order in which the graph numbers them. */
  readonly inputArgs: readonly string[]
  /** Its outputs are `[video]` and `[audio]`. */
  readonly filterGraph: string
}

const sampleRateHz = 48_000
/** Bit-exact scaling does not depend on what the processor can do. */
const scaleFlags = 'flags=bicubic+accurate_rnd+bitexact'
const skyRows = 64
/**
 * AAC comes in blocks of 1024 samples and begins with one of priming, which older muxers count as content: the
 * silence at the end is half a block shorter, so that neither the sound nor the file is off by a frame at 60 fps.
 */
const droppedSamples = 512

/** Turns a plan into files and arguments. Pure. */
export function buildRenderJob(plan: StoryboardPlan): RenderJob {
  const job = new JobBuilder(plan)
  plan.scenes.forEach((scene, index) => {
    job.addScenery(scene, index)
    job.addSound(scene, index)
  })
  return job.finish()
}

/** Gathers the chains of one filter graph and the inputs they name. */
class JobBuilder {
  readonly #plan: StoryboardPlan
  readonly #files: InputFile[] = []
  readonly #inputArgs: string[] = []
  readonly #chains: string[] = []
  #inputs = 0

  constructor(plan: StoryboardPlan) {
    this.#plan = plan
  }

  /** Makes `[scene0]`, `[scene1]` …: each shifted to where it starts, and faded in over the one before. */
  addScenery(scene: Scene, index: number): void {
    const { width, height, fps, transitionFrames, scenes } = this.#plan
    const isLast = index === scenes.length - 1
    // A scene goes on behind the next one while that fades in.
    const frames = scene.frames + (isLast ? 0 : transitionFrames)
    const sky = this.#addInput(`sky-${index}.rgb`, 'rgb24', 2, skyRows, drawSky(scene))
    this.#chains.push(
      `${sky}scale=${width}:${height}:${scaleFlags},format=yuv444p,loop=loop=-1:size=1:start=0,` +
        `setpts=N/${fps}/TB,trim=end_frame=${frames}[sky${index}]`,
    )
    const seconds = frames / fps
    const backdrop = scene.layers.reduce(
      (behind, layer, depth) => this.#addLayer(behind, layer, `${index}x${depth}`, seconds),
      `[sky${index}]`,
    )
    const fade =
      index === 0 || transitionFrames === 0 ? '' : `format=yuva444p,fade=in:0:${transitionFrames}:alpha=1,`
    this.#chains.push(`${backdrop}${fade}setpts=PTS+${scene.startFrame / fps}/TB[scene${index}]`)
  }

  /** Makes `[tone0]`, `[tone1]` …: each as long as its scene, silent at both ends. */
  addSound(scene: Scene, index: number): void {
    const seconds = scene.frames / this.#plan.fps
    const release = Math.min(0.2, seconds / 4)
    this.#chains.push(
      `aevalsrc=exprs='${chordExpression(scene.chord)}':d=${seconds}:s=${sampleRateHz},` +
        `afade=t=in:d=0.02,afade=t=out:st=${seconds - release}:d=${release}[tone${index}]`,
    )
  }

  finish(): RenderJob {
    const { width, height, fps, frames, scenes } = this.#plan
    this.#chains.push(
      `color=c=black:s=${width}x${height}:r=${fps},trim=end_frame=${frames},format=yuv444p[video0]`,
    )
    scenes.forEach((_, index) => {
      this.#chains.push(
        `[video${index}][scene${index}]overlay=format=yuv444:eof_action=pass[video${index + 1}]`,
      )
    })
    const cards = scenes.map((scene, index) => layOutCard(this.#plan, scene, index))
    const filters = cards.flatMap((card) => card.filters)
    this.#chains.push(`[video${scenes.length}]${filters.join(',')},format=yuv420p[video]`)
    const texts = cards.flatMap(({ lines }) =>
      lines.map(({ fileName, text }) => ({ name: fileName, bytes: text })),
    )
    const tones = scenes.map((_, index) => `[tone${index}]`).join('')
    const samples = Math.round((frames / fps) * sampleRateHz) - droppedSamples
    const sound = `concat=n=${scenes.length}:v=0:a=1,atrim=end_sample=${samples},aformat=channel_layouts=stereo`
    this.#chains.push(`${tones}${sound}[audio]`)
    return {
      files: [...this.#files, ...texts],
      inputArgs: this.#inputArgs,
      filterGraph: this.#chains.join(';'),
    }
  }

  #addInput(name: string, format: string, width: number, height: number, bytes: Uint8Array): string {
    this.#files.push({ name, bytes })
    const shape = ['-pixel_format', format, '-video_size', `${width}x${height}`]
    this.#inputArgs.push('-f', 'rawvideo', ...shape, '-framerate', `${this.#plan.fps}`, '-i', name)
    return `[${this.#inputs++}:v]`
  }

  /** Lays a moving shape of one colour over `behind`; returns the label of the result. */
  #addLayer(behind: string, layer: Layer, name: string, seconds: number): string {
    const { width, height, fps } = this.#plan
    const { mask, colour } = layer
    const layerWidth = Math.round(layer.width * width)
    const layerHeight = Math.round(layer.height * height)
    const picture = this.#addInput(`layer-${name}.gray`, 'gray', mask.width, mask.height, mask.pixels)
    const x = motion(layer.x, layer.velocityX, layer.maxTravel, seconds, width)
    const y = motion(layer.y, layer.velocityY, layer.maxTravel, seconds, height)
    this.#chains.push(
      `${picture}scale=${layerWidth}:${layerHeight}:${scaleFlags},format=gray[mask${name}]`,
      `color=c=0x${colour}:s=${layerWidth}x${layerHeight}:r=${fps},trim=end_frame=1,format=yuva444p[fill${name}]`,
      `[fill${name}][mask${name}]alphamerge[layer${name}]`,
      `${behind}[layer${name}]overlay=x='${x}':y='${y}':format=yuv444:eof_action=repeat[over${name}]`,
    )
    return `[over${name}]`
  }
}

/** An expression of `t`, the seconds of the scene: a line from `from`, slow enough to stay within `maxTravel`. */
function motion(
  from: number,
  velocity: number,
  maxTravel: number,
  seconds: number,
  lengthPx: number,
): string {
  const speed = Math.sign(velocity) * Math.min(Math.abs(velocity), maxTravel / seconds)
  return `${(from * lengthPx).toFixed(2)}+(${(speed * lengthPx).toFixed(4)})*t`
}

/** A vertical gradient, 2 pixels wide: scaling it up smooths it. */
function drawSky({ palette }: Scene): Uint8Array {
  const top = channelsOf(palette.skyTop)
  const bottom = channelsOf(palette.skyBottom)
  const bytes = new Uint8Array(2 * skyRows * 3)
  for (let pixel = 0; pixel < 2 * skyRows; pixel++) {
    // The horizon lies above the foot of the frame, where the nearest layers are.
    const share = Math.min(1, Math.floor(pixel / 2) / (skyRows * 0.7))
    top.forEach((channel, index) => {
      bytes[pixel * 3 + index] = Math.round(channel + ((bottom[index] ?? 0) - channel) * share)
    })
  }
  return bytes
}

function channelsOf(colour: string): readonly number[] {
  return [0, 2, 4].map((offset) => Number.parseInt(colour.slice(offset, offset + 2), 16))
}
