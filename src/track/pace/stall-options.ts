import type * as zod from 'zod'
import { lazySchema } from '../../config/lazy-schema.ts'
import { defaultStallSettings, type StallSettings } from './stall.ts'

/** What users write of stalls; seconds become milliseconds. */
export const stallOptionsSchema = lazySchema((z) => {
  const factorError = 'expected a number from 1 to 1000'
  const secondsError = 'expected a number of seconds from 1 to 86400'
  const seconds = (defaultMs: number) =>
    z
      .number({ error: secondsError })
      .min(1, { error: secondsError })
      .max(86_400, { error: secondsError })
      .default(defaultMs / 1000)
  return z
    .strictObject({
      factor: z
        .number({ error: factorError })
        .min(1, { error: factorError })
        .max(1000, { error: factorError })
        .default(defaultStallSettings.factor),
      floor: seconds(defaultStallSettings.floorMs),
      unknown: seconds(defaultStallSettings.unknownMs),
    })
    .transform(
      ({ factor, floor, unknown }): StallSettings => ({
        factor,
        floorMs: floor * 1000,
        unknownMs: unknown * 1000,
      }),
    )
})

export type StallOptions = zod.input<ReturnType<typeof stallOptionsSchema>>
