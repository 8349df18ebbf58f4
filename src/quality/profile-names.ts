/** Profiles by name alone: whoever only wants to know whether there is one does not load every check. */

/** Those that come with the package. */
export const profileNames = [
  'default',
  'static-scene',
  'slideshow',
  'silent-ok',
  'anime',
  'flashing-light',
] as const
export type ProfileName = (typeof profileNames)[number]

/** Whether a profile is given as a file: what holds a slash or ends in `.yaml`, `.yml` or `.json`. */
export function isProfilePath(nameOrPath: string): boolean {
  return /[\\/]|\.(ya?ml|json)$/.test(nameOrPath)
}
