import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * A dependency that is loaded on first use. What takes long to load must cost neither the import of the package nor
 * the start of the engine; `require`, unlike `import()`, answers at once.
 *
 * @param name - a package that `require` can load.
 */
export function lazyModule<Module>(name: string): () => Module {
  let loaded: Module | undefined
  return () => {
    loaded ??= require(name) as Module
    return loaded
  }
}
