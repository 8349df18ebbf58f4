/**
 * A module of this package that is started as a thread or a process of its own. In the source tree it is TypeScript, in
 * the built package JavaScript.
 *
 * @param path - without its ending, relative to the module that asks.
 * @param asker - `import.meta.url` of that module.
 */
export function entryModule(path: string, asker: string): URL {
  return new URL(`${path}.${asker.endsWith('.ts') ? 'ts' : 'js'}`, asker)
}
