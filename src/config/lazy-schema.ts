import type * as zod from 'zod'
import { lazyModule } from '../system/lazy-module.ts'

/** The zod module, as schemas are built with it. */
export type Zod = typeof zod

/** Takes about 50 ms to load. */
const loadZod = lazyModule<Zod>('zod')

/** A schema that is built, and zod loaded, on first use. */
export function lazySchema<Schema>(build: (z: Zod) => Schema): () => Schema {
  let schema: Schema | undefined
  return () => {
    schema ??= build(loadZod())
    return schema
  }
}
