/** What users write as exporters, validated. */
import type * as zod from 'zod'
import { lazySchema } from '../../../config/lazy-schema.ts'
import { addressFault, headerFault } from './exporter-address.ts'

/** One exporter. Unknown keys are errors. Times are seconds here, as in all that users write. */
export const exporterSchema = lazySchema((z) => {
  const seconds = (least: number, most: number, byDefault: number) => {
    const error = `expected a number of seconds from ${least} to ${most}`
    return z.number({ error }).min(least, { error }).max(most, { error }).default(byDefault)
  }
  const nameError = 'expected a name of 1 to 32 lower-case letters, digits, `_`, `.` or `-`'
  const metricsError = 'expected a list of metric names, in which `*` stands for anything'
  const seriesError = 'expected a whole number from 1 to 10000'
  return z.strictObject(
    {
      name: z.string({ error: nameError }).regex(/^[a-z0-9_.-]{1,32}$/, { error: nameError }),
      url: z.string({ error: 'expected an address' }).superRefine((url, context) => {
        const message = addressFault(url)
        if (message !== undefined) context.addIssue({ code: 'custom', message, params: { isSecret: true } })
      }),
      interval: seconds(1, 3600, 30),
      timeout: seconds(0.5, 30, 3),
      metrics: z
        .array(z.string({ error: metricsError }).regex(/^[A-Za-z0-9_:*]{1,255}$/, { error: metricsError }), {
          error: metricsError,
        })
        .min(1, { error: metricsError })
        .max(200, { error: 'expected at most 200 names' })
        .optional(),
      headers: headersSchema().optional(),
      maxSeries: z
        .int({ error: seriesError })
        .min(1, { error: seriesError })
        .max(10_000, { error: seriesError })
        .default(1000),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'expected an exporter: `name` and `url`' : undefined,
    },
  )
})

/** Every value counts as secret, so no complaint shows one, whatever is wrong with it. */
const headersSchema = lazySchema((z) =>
  z.custom<Readonly<Record<string, string>>>().superRefine((headers: unknown, context) => {
    const complain = (message: string, path: string[] = []) =>
      context.addIssue({ code: 'custom', message, path, params: { isSecret: true } })
    if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
      return complain('expected a mapping of header names to values')
    for (const [name, value] of Object.entries(headers)) {
      const message = headerFault(name, value)
      if (message !== undefined) complain(message, [name])
    }
  }),
)

/** An exporter as users write it. */
export type ExporterInput = zod.input<ReturnType<typeof exporterSchema>>

/** An exporter with its defaults filled in. */
export type ExporterSettings = zod.output<ReturnType<typeof exporterSchema>>

const maxExporters = 32

/** A list of exporters: no two have the same name. */
export const exportersSchema = lazySchema((z) =>
  z
    .array(exporterSchema(), { error: 'expected a list of exporters' })
    .max(maxExporters, { error: `expected at most ${maxExporters} exporters` })
    .superRefine((exporters, context) => {
      const names = new Set<string>()
      for (const [index, { name }] of exporters.entries()) {
        const message = `expected a name no other exporter has ("${name}" is taken)`
        if (names.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message })
        names.add(name)
      }
    }),
)
