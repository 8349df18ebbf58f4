/** What is asked of videos of one kind: which checks are off, and thresholds other than the usual. */

import { loadConfigFile } from '../config/config-file.ts'
import { lazySchema } from '../config/lazy-schema.ts'
import { FramewatchError } from '../model/errors.ts'
import { type DefectType, defectTypes } from '../model/quality.ts'
import { checks } from './checks.ts'
import type { Thresholds } from './defect.ts'
import { isProfilePath, type ProfileName, profileNames } from './profile-names.ts'

export interface QualityProfile {
  readonly name: string
  readonly off: readonly DefectType[]
  /** By type of defect. */
  readonly thresholds: Readonly<Partial<Record<DefectType, Thresholds>>>
}

/** Those that come with the package; `docs/quality.md` says what each is for. */
const profiles: Readonly<Record<ProfileName, Omit<QualityProfile, 'name'>>> = {
  default: { off: [], thresholds: {} },
  'static-scene': { off: ['frozen', 'ghost_frames'], thresholds: {} },
  slideshow: { off: ['frozen', 'ghost_frames', 'abrupt_cut', 'loop_seam'], thresholds: {} },
  'silent-ok': { off: ['silent', 'loudness'], thresholds: {} },
  /** Drawn on twos and threes, with held poses, in flat colours. */
  anime: {
    off: ['ghost_frames'],
    thresholds: { frozen: { minSeconds: 2, minShare: 0.3 }, blurred: { minSeconds: 2 } },
  },
  /** Strobes, fire, concerts: light that flickers by intent. */
  'flashing-light': { off: ['flicker', 'colour_drift'], thresholds: {} },
}

/** Made by `framewatch quality calibrate`, or by hand. */
const fileSchema = lazySchema((z) => {
  const type = z.enum(defectTypes, { error: `expected a type of defect: ${defectTypes.join(', ')}` })
  const number = z.number({ error: 'expected a number' })
  return z.strictObject({
    extends: z.enum(profileNames, { error: `expected one of ${profileNames.join(', ')}` }).default('default'),
    off: z.array(type).default([]),
    thresholds: z
      .partialRecord(type, z.record(z.string(), number))
      .default({})
      .superRefine((given, context) => {
        for (const [of, thresholds] of Object.entries(given))
          for (const name of Object.keys(thresholds ?? {})) {
            const known = Object.keys(checks.find(({ type }) => type === of)?.thresholds ?? {})
            if (!known.includes(name))
              context.addIssue({
                ...{ code: 'custom', path: [of, name] },
                message: `expected one of ${known.join(', ') || 'nothing: it has no thresholds'}`,
              })
          }
      }),
  })
})

/**
 * The profile of a name, or of a YAML or JSON file.
 *
 * @throws FramewatchError `QUALITY_PROFILE_UNKNOWN`; for files those of `loadConfigFile`.
 */
export function profileOf(nameOrPath: string): QualityProfile {
  const name = profileNames.find((known) => known === nameOrPath)
  if (name) return { name, ...profiles[name] }
  if (!isProfilePath(nameOrPath))
    throw new FramewatchError(
      'QUALITY_PROFILE_UNKNOWN',
      `There is no profile "${nameOrPath}"; there are ${profileNames.join(', ')}`,
      { details: { profile: nameOrPath } },
    )
  const file = loadConfigFile(nameOrPath, fileSchema())
  const base = profileOf(file.extends)
  return {
    name: nameOrPath,
    off: [...new Set([...base.off, ...file.off])],
    thresholds: merge(base.thresholds, file.thresholds),
  }
}

/** The checks that a profile leaves on, each with the thresholds that hold. */
export function checksOf({ off, thresholds }: QualityProfile) {
  return checks
    .filter(({ type }) => !off.includes(type))
    .map((check) => ({ ...check, thresholds: { ...check.thresholds, ...thresholds[check.type] } }))
}

function merge(
  base: QualityProfile['thresholds'],
  other: QualityProfile['thresholds'],
): QualityProfile['thresholds'] {
  const types = defectTypes.filter((type) => base[type] ?? other[type])
  return Object.fromEntries(types.map((type) => [type, { ...base[type], ...other[type] }]))
}
