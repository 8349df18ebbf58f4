/**
 * The files of processes: the name of a process flows in; its state and what it used flow out. Processes come and
 * go, so nothing stays open: a file is opened, read into one buffer that all share, and closed.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from '../../system/files.ts'
import { isNotThere, KernelText } from './kernel-file.ts'
import { TextCursor } from './text-cursor.ts'

/** What `/proc/PID/stat` tells (proc_pid_stat(5)). Times are in ticks. */
export interface ProcessStat {
  /** One letter, as the kernel writes it. */
  readonly state: string
  readonly parent: number
  readonly minorFaults: number
  readonly majorFaults: number
  readonly userTicks: number
  readonly systemTicks: number
  readonly threads: number
  /** Since boot: with its number it tells a process from every other one. */
  readonly startTicks: number
  readonly virtualBytes: number
  readonly residentPages: number
}

const bufferBytes = 64 * 1024
/** Longer texts may come in pieces. What a process tells of itself is shorter, and comes at once. */
const pieceBytes = 1024
const closingBracket = 41
const firstLetter = 65
const lastLetter = 122

/** Reads files of processes. What it gave is valid until the next call. */
export class ProcessFiles {
  readonly #root: string
  readonly #bytes = Buffer.allocUnsafeSlow(bufferBytes)
  #length = 0

  constructor({ procRoot }: { readonly procRoot: string }) {
    this.#root = procRoot
  }

  /** The numbers of all processes this user can see. */
  list(): readonly string[] {
    return readdirSync(this.#root).filter(isNumber)
  }

  /** The threads of a process; none when it has ended. */
  threads(pid: string): readonly string[] {
    try {
      return readdirSync(`${this.#root}/${pid}/task`).filter(isNumber)
    } catch {
      return []
    }
  }

  /** Gone, because a process may end at any time; unreadable, because of rights or content. */
  stat(pid: string): ProcessStat | 'gone' | 'unreadable' {
    try {
      this.#read(`${pid}/stat`)
    } catch (error) {
      return isNotThere(error) ? 'gone' : 'unreadable'
    }
    return parseProcessStat(this.#bytes, this.#length) ?? 'unreadable'
  }

  /** The name that the process has in the text that `stat` read: what it likes, up to 15 bytes. */
  command(): string {
    const from = this.#bytes.indexOf('(', 0, 'latin1') + 1
    return this.#bytes.toString('utf8', from, closingAt(this.#bytes, this.#length))
  }

  /** A file of a process, such as `io`; undefined when it may not be read, or is gone. */
  text(pid: string, name: string): KernelText | undefined {
    try {
      this.#read(`${pid}/${name}`)
      return new KernelText(this.#bytes, this.#length)
    } catch {
      return undefined
    }
  }

  /** Where a link of a process leads, such as `exe`; undefined when that may not be read, or it is gone. */
  link(pid: string, name: string): string | undefined {
    try {
      return readlinkSync(`${this.#root}/${pid}/${name}`)
    } catch {
      return undefined
    }
  }

  #read(path: string): void {
    this.#length = 0
    const descriptor = openSync(`${this.#root}/${path}`, 'r')
    try {
      let count: number
      do {
        count = readSync(descriptor, this.#bytes, this.#length, bufferBytes - this.#length, this.#length)
        this.#length += count
      } while (count >= pieceBytes && this.#length < bufferBytes)
    } finally {
      closeSync(descriptor)
    }
  }
}

/** Reads `/proc/PID/stat`; undefined when it is cut or odd. */
export function parseProcessStat(bytes: Buffer, length = bytes.length): ProcessStat | undefined {
  // The name may hold blanks, brackets and line feeds, but nothing behind it can hold a bracket.
  const closing = closingAt(bytes, length)
  const state = bytes[closing + 2] ?? 0
  if (closing < 0 || closing + 2 >= length || state < firstLetter || state > lastLetter) return undefined
  const cursor = new TextCursor(bytes, length, closing + 3)
  const parent = cursor.wholeNumber()
  cursor.skipWords(5)
  const minorFaults = cursor.wholeNumber()
  cursor.skipWords(1)
  const majorFaults = cursor.wholeNumber()
  cursor.skipWords(1)
  const [userTicks, systemTicks] = [cursor.wholeNumber(), cursor.wholeNumber()]
  cursor.skipWords(4)
  const threads = cursor.wholeNumber()
  cursor.skipWords(1)
  const startTicks = cursor.wholeNumber()
  const [virtualBytes, residentPages] = [cursor.wholeNumber(), cursor.wholeNumber()]
  // A number that is not there is none, and one at the end may be cut; any NaN makes the sum NaN.
  const sum = parent + minorFaults + majorFaults + userTicks + systemTicks + threads + startTicks
  if (cursor.isAtLineEnd || Number.isNaN(sum + virtualBytes + residentPages)) return undefined
  const times = { minorFaults, majorFaults, userTicks, systemTicks, threads, startTicks }
  return { state: String.fromCharCode(state), parent, ...times, virtualBytes, residentPages }
}

function closingAt(bytes: Buffer, length: number): number {
  return length === 0 ? -1 : bytes.lastIndexOf(closingBracket, length - 1)
}

function isNumber(name: string): boolean {
  return /^[1-9]\d*$/.test(name)
}
