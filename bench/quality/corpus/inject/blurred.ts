import type { Injection, Spoilt, Task } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import type { PlaneView } from './picture.ts'
import { planesOf, withFrames } from './picture.ts'

/** One pass of a box along lines; `stride` from one value to the next, `skip` from one line to the next. */
function boxPass(
  from: Float32Array,
  into: Float32Array,
  line: { readonly count: number; readonly stride: number; readonly lines: number; readonly skip: number },
  radius: number,
): void {
  const whole = Math.floor(radius)
  const part = radius - whole
  for (let at = 0; at < line.lines; at++) {
    const start = at * line.skip
    const value = (index: number): number =>
      from[start + Math.max(0, Math.min(line.count - 1, index)) * line.stride] ?? 0
    let sum = 0
    for (let index = -whole; index <= whole; index++) sum += value(index)
    for (let index = 0; index < line.count; index++) {
      const edges = part * (value(index - whole - 1) + value(index + whole + 1))
      into[start + index * line.stride] = (sum + edges) / (2 * radius + 1)
      sum += value(index + whole + 1) - value(index - whole)
    }
  }
}

/** Three boxes, with fractional edges, have the variance of the Gaussian and about its shape (Wells, IEEE PAMI 8, 1986). */
function blurPlane({ width, height, data }: PlaneView, sigma: number): void {
  // The variance of a box with fractional edges is not quite that of its width; this is exact to 2 % from sigma 0.8 up.
  const radius = (Math.sqrt(4 * sigma * sigma + 1) - 1) / 2
  const [from, into] = [Float32Array.from(data), new Float32Array(data.length)]
  for (let pass = 0; pass < 3; pass++) {
    boxPass(from, into, { count: width, stride: 1, lines: height, skip: width }, radius)
    boxPass(into, from, { count: height, stride: width, lines: width, skip: 1 }, radius)
  }
  for (let at = 0; at < data.length; at++) data[at] = Math.round(from[at] ?? 0)
}

function outOfFocus(task: Task): Spoilt {
  const { clip, strength } = task
  const span = spanOf(task)
  const sigma = strength.level * clip.footage.height
  const spoilt = withFrames(clip, span, (frame) => {
    for (const [at, plane] of planesOf(clip.footage, frame).entries())
      blurPlane(plane, at === 0 ? sigma : sigma / 2)
  })
  return { clip: spoilt, ...secondsOf(clip, span) }
}

export const blurred: Injection = {
  type: 'blurred',
  variants: [
    {
      name: 'out of focus',
      unit: 'sigma in heights of the picture',
      strengths: [
        { level: 0.01, seconds: 1 },
        { level: 0.015, seconds: 1.25 },
        { level: 0.03, seconds: 1.5 },
      ],
      places: ['whole', 'start', 'whole', 'middle', 'end'],
      // What has no detail is not sharper without the blur.
      suits: ({ detail, height }) => detail * height >= 3 * 240,
      spoil: outOfFocus,
    },
  ],
}
