import { isAbsolute, resolve } from 'node:path'

const urlPattern = /^[a-z][a-z\d+.-]+:\/\//i

/**
 * An output path that means the same in any working directory: whoever opens the file may have another one. A URL, and
 * what is no path, stays as it is.
 */
export function absoluteOutputPath(path: unknown): unknown {
  if (typeof path !== 'string' || path === '' || isAbsolute(path) || urlPattern.test(path)) return path
  try {
    return resolve(path)
  } catch {
    // The working directory is gone.
    return path
  }
}
