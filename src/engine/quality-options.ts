import { resolve } from 'node:path'
import type * as zod from 'zod'
import { lazySchema } from '../config/lazy-schema.ts'
import { isProfilePath, profileNames } from '../quality/profile-names.ts'
import { dayMs } from '../system/clock.ts'

/** How outputs are checked. Plain data: it crosses a thread. */
export interface QualitySettings {
  readonly enabled: boolean
  /** The first whose pattern the name of the model matches; none: the checker's own default. Files are absolute. */
  readonly profiles: readonly { readonly model: string; readonly profile: string }[]
  readonly concurrency: number
  readonly maxQueue: number
  /** Wall time that decoding one video may take; undefined: the checker's own default. */
  readonly budgetMs: number | undefined
  readonly thumbnails: { readonly enabled: boolean; readonly retentionMs: number; readonly maxBytes: number }
  /** Folders, absolute; undefined: files may be anywhere. */
  readonly roots: readonly string[] | undefined
}

const maxNameChars = 200
const maxEntries = 100

/** What users write of checks. */
export const qualityOptionsSchema = lazySchema((z) => {
  const flag = z.boolean({ error: 'expected true or false' })
  const whole = (least: number, most: number) => {
    const error = `expected a whole number from ${least} to ${most}`
    return z.int({ error }).min(least, { error }).max(most, { error })
  }
  const profileError = 'expected the name of a profile, or names by patterns of models'
  const name = z
    .string({ error: profileError })
    .min(1, { error: profileError })
    .max(maxNameChars, { error: profileError })
    .refine((text) => isProfilePath(text) || profileNames.some((known) => known === text), {
      error: `expected the path of a profile, or one of ${profileNames.join(', ')}`,
    })
  const byModel = z
    .record(z.string().max(maxNameChars), name, { error: profileError })
    .refine((profiles) => Object.keys(profiles).length <= maxEntries, {
      error: `expected at most ${maxEntries} patterns`,
    })
  const pathError = 'expected a list of folders'
  const path = z.string({ error: 'expected a path' }).min(1, { error: 'expected a path' })
  const secondsError = 'expected a number of seconds from 1 to 3600'
  const daysError = 'expected a number of days above 0'
  return z
    .strictObject({
      enabled: flag.default(true),
      profile: z.union([name, byModel], { error: profileError }).optional(),
      concurrency: whole(1, 4).default(1),
      maxQueue: whole(1, 100_000).default(1000),
      budgetSeconds: z
        .number({ error: secondsError })
        .min(1, { error: secondsError })
        .max(3600, { error: secondsError })
        .optional(),
      thumbnails: z
        .strictObject({
          enabled: flag.default(true),
          retentionDays: z.number({ error: daysError }).positive({ error: daysError }).default(7),
          maxBytes: whole(0, Number.MAX_SAFE_INTEGER).default(1024 ** 3),
        })
        .prefault({}),
      roots: z
        .array(path, { error: pathError })
        .min(1, { error: pathError })
        .max(maxEntries, { error: pathError })
        .optional(),
    })
    .transform(
      ({ profile, budgetSeconds, thumbnails, roots, ...rest }): QualitySettings => ({
        ...rest,
        profiles: profilesOf(profile),
        budgetMs: budgetSeconds === undefined ? undefined : budgetSeconds * 1000,
        thumbnails: {
          enabled: thumbnails.enabled,
          retentionMs: thumbnails.retentionDays * dayMs,
          maxBytes: thumbnails.maxBytes,
        },
        roots: roots?.map((root) => resolve(root)),
      }),
    )
})

export type QualityOptions = zod.input<ReturnType<typeof qualityOptionsSchema>>

function profilesOf(profile: string | Readonly<Record<string, string>> | undefined) {
  if (profile === undefined) return []
  const entries = typeof profile === 'string' ? [['*', profile] as const] : Object.entries(profile)
  return entries.map(([model, name]) => ({ model, profile: isProfilePath(name) ? resolve(name) : name }))
}
