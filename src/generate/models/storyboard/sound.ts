import type { Random } from '../../../system/random.ts'

/** The tones of one scene, in hertz. */
export interface Chord {
  readonly pad: readonly [number, number, number]
  /** Struck on every beat. */
  readonly bell: number
}

/** Semitones above the key note: I V vi IV, and I vi IV V. Both go with any number of scenes from the start. */
const progressions = [
  [
    [0, 4, 7],
    [-5, -1, 2],
    [-3, 0, 4],
    [-7, -3, 0],
    [0, 4, 7],
  ],
  [
    [0, 4, 7],
    [-3, 0, 4],
    [-7, -3, 0],
    [-5, -1, 2],
    [0, 4, 7],
  ],
] as const

/** A3 in equal temperament. */
const lowestKeyHz = 220
const beatSeconds = 0.5

/** Chooses a key and a progression. */
export function composeChords(count: number, random: Random): readonly Chord[] {
  const key = Math.floor(random.next() * 7)
  const progression = progressions[random.next() < 0.5 ? 0 : 1]
  const toneHz = (semitones: number) => lowestKeyHz * 2 ** ((key + semitones) / 12)
  return Array.from({ length: count }, (_, index) => {
    const [root, third, fifth] = progression[index % progression.length] ?? progression[0]
    return {
      pad: [toneHz(root), toneHz(third), toneHz(fifth)],
      bell: toneHz((index % 2 ? third : fifth) + 12),
    }
  })
}

/** An expression of `t` for the filter `aevalsrc`: a soft pad that swells slowly, and a bell. Peaks below 0.5. */
export function chordExpression({ pad, bell }: Chord): string {
  const tone = (hz: number) => `sin(2*PI*${hz.toFixed(2)}*t)`
  const swell = '(0.85+0.15*sin(2*PI*0.4*t))'
  const strike = `exp(-6*mod(t,${beatSeconds}))*min(1,mod(t,${beatSeconds})*200)`
  return `0.09*${swell}*(${pad.map(tone).join('+')})+0.14*${strike}*${tone(bell)}`
}
