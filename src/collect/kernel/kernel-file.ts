/**
 * A text file of `/proc` or `/sys`, which is read again and again: its path flows in; its text as it is now flows out.
 * Opening costs the kernel more than reading, so the descriptor and the buffer are kept; the kernel writes the text
 * anew when it is read from its start.
 */
import { systemCodeOf } from '../../model/errors.ts'
import { closeSync, openSync, readSync } from '../../system/files.ts'
import { TextCursor } from './text-cursor.ts'

const firstBufferBytes = 4096
/** No file that a source reads is longer; one that is gets cut here. */
const maxBufferBytes = 16 * 1024 * 1024

/** Not for files of other processes than this one: they come and go, and an open descriptor would not notice. */
export class KernelFile {
  readonly #path: string
  #descriptor: number | undefined
  #bytes = Buffer.allocUnsafeSlow(firstBufferBytes)

  constructor(path: string) {
    this.#path = path
  }

  /** @throws the system's error when it cannot be read, or is not there. */
  read(): KernelText {
    const isOld = this.#descriptor !== undefined
    try {
      return this.#read()
    } catch (error) {
      this.close()
      // A device that was taken away and put back has a new file under the same name.
      if (isOld) return this.#read()
      throw error
    }
  }

  /** Undefined when the kernel has no such file; throws when it has one that cannot be read. */
  readIfThere(): KernelText | undefined {
    try {
      return this.read()
    } catch (error) {
      if (isNotThere(error)) return undefined
      throw error
    }
  }

  /** Gives the descriptor back. It can be read again after that. */
  close(): void {
    if (this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #read(): KernelText {
    this.#descriptor ??= openSync(this.#path, 'r')
    let length = 0
    for (;;) {
      if (length === this.#bytes.length) {
        if (length >= maxBufferBytes) break
        this.#bytes = Buffer.concat([this.#bytes], length * 2)
      }
      const count = readSync(this.#descriptor, this.#bytes, length, this.#bytes.length - length, length)
      length += count
      // The kernel gives long files in pieces; only an empty one is the end.
      if (count === 0) break
    }
    return new KernelText(this.#bytes, length)
  }
}

/** What a file held. Valid until the file is read again. */
export class KernelText {
  readonly #bytes: Buffer
  readonly length: number

  constructor(bytes: Buffer, length = bytes.length) {
    this.#bytes = bytes
    this.length = length
  }

  /** Of text that was read otherwise. */
  static of(text: string): KernelText {
    return new KernelText(Buffer.from(text))
  }

  cursor(): TextCursor {
    return new TextCursor(this.#bytes, this.length)
  }

  /**
   * The cursor behind the first line start that is followed by `name` and one of its ends; undefined when there is none.
   *
   * @param name - with the character that ends it, as in `pgfault ` or `MemTotal:`.
   */
  after(name: string): TextCursor | undefined {
    for (let at = 0; at < this.length; at += 1) {
      at = this.#bytes.indexOf(name, at, 'latin1')
      if (at < 0 || at + name.length > this.length) return undefined
      if (at === 0 || this.#bytes[at - 1] === 10)
        return new TextCursor(this.#bytes, this.length, at + name.length)
    }
    return undefined
  }

  /** The whole number that follows `name`, as `after` finds it; `NaN` when there is none. */
  count(name: string): number {
    return this.after(name)?.wholeNumber() ?? Number.NaN
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.length)
  }
}

/** True of the error of a file, a directory or a process that is not there, or went away while it was read. */
export function isNotThere(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH' || code === 'ENODEV'
}
