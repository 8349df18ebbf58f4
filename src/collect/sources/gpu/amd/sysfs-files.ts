/** The files of one device in sysfs, held open, and what their texts mean. */
import { systemCodeOf } from '../../../../model/errors.ts'
import { KernelFile } from '../../../kernel/kernel-file.ts'
import type { SkipCount } from '../quantity.ts'

/** What a driver answers for a file that this card, or the state it is in, has nothing for. */
const untoldCodes = new Set(['ENOENT', 'ENOTDIR', 'ENODATA', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'EPERM'])

export class SysfsFiles {
  readonly #folder: string
  readonly #skips: () => SkipCount
  readonly #files = new Map<string, KernelFile>()

  /** @param skips - of the reading that is being made. */
  constructor(folder: string, skips: () => SkipCount) {
    this.#folder = folder
    this.#skips = skips
  }

  /** Trimmed; undefined when the driver tells nothing. What cannot be read for another reason is counted. */
  text(name: string): string | undefined {
    const file = this.#files.get(name) ?? new KernelFile(`${this.#folder}/${name}`)
    this.#files.set(name, file)
    try {
      const text = file.read().toString().trim()
      return text === '' ? undefined : text
    } catch (error) {
      if (!untoldCodes.has(systemCodeOf(error) ?? '')) this.#skips().usable(Number.NaN)
      return undefined
    }
  }

  /**
   * A whole number in the file's own unit, turned into the base unit.
   *
   * @param perUnit - how many of the file's own make the base unit.
   * @param max - in the base unit; beyond it is what drivers write for unknown.
   */
  number(name: string, perUnit: number, max: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d{1,20}$/.test(text) ? Number(text) / perUnit : Number.NaN
    return this.#skips().usable(value <= max ? value : Number.NaN)
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }
}
