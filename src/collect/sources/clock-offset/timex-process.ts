/**
 * One process, one question: asks the kernel for the state of its clock, prints it as JSON (`null` where it cannot
 * be asked), and ends. Loading koffi takes
 * 10 MB, which would stay for good in the process that is monitored.
 */
import type * as Koffi from 'koffi'
import { lazyModule } from '../../../system/lazy-module.ts'
import { readTimex, timexBytes } from './timex.ts'

/** Undefined without koffi, or on a C library that has no such function. */
function loadAdjtimex(): ((timex: Buffer) => number) | undefined {
  try {
    const koffi = lazyModule<typeof Koffi>('koffi')()
    // The symbols of this very process: it has the C library, whatever that is called.
    return koffi.load(null).func('adjtimex', 'int', ['void *'])
  } catch {
    return undefined
  }
}

const adjtimex = loadAdjtimex()
// With no mode set it only reads.
const timex = Buffer.alloc(timexBytes)
if (adjtimex && adjtimex(timex) < 0) throw new Error('adjtimex(2) refused')
process.stdout.write(JSON.stringify(adjtimex ? readTimex(timex) : null))
