import { createRequire } from 'node:module'
import type * as zod from 'zod'

/** The zod module, as schemas are built with it. */
export type Zod = typeof zod

const require = createRequire(import.meta.url)

/**
 * A schema that is built, and zod loaded, on first use. Loading zod takes about 50 ms, which neither the import
 * of the package nor the start of the engine should cost.
 */
export function lazySchema<Schema>(build: (z: Zod) => Schema): () => Schema {
  let schema: Schema | undefined
  return () => {
    schema ??= build(require('zod') as Zod)
    return schema
  }
}
