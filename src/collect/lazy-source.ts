import type { Absence, Source } from './source.ts'

export interface LazySourceOptions extends Pick<Source, 'name' | 'metrics' | 'everyMs' | 'deadlineMs'> {
  /** Why there is nothing to read, and so nothing to load; undefined from when there is. @default never */
  readonly absence?: () => Absence | undefined
  readonly load: () => Promise<Source>
}

/** A source whose modules are loaded when there is something to read: most hosts have no use for them. */
export function lazySource({ absence, load, ...described }: LazySourceOptions): Source {
  let source: Source | undefined
  return {
    ...described,
    read() {
      if (source) return source.read()
      const found = absence?.()
      if (found) return found
      return load().then((loaded) => {
        source = loaded
        return loaded.read()
      })
    },
    close: () => source?.close?.(),
  }
}
