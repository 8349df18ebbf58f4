/**
 * One process, one question: asks the kernel for the state of its clock, prints it as JSON, and ends. Loading koffi takes
 * 10 MB, which would stay for good in the process that is monitored.
 */
import type * as Koffi from 'koffi'
import { lazyModule } from '../../../system/lazy-module.ts'
import { readTimex, timexBytes } from './timex.ts'

const koffi = lazyModule<typeof Koffi>('koffi')()
// The symbols of this very process: it has the C library, whatever that is called.
const adjtimex = koffi.load(null).func('adjtimex', 'int', ['void *'])
// With no mode set it only reads.
const timex = Buffer.alloc(timexBytes)
if (adjtimex(timex) < 0) throw new Error('adjtimex(2) refused')
process.stdout.write(JSON.stringify(readTimex(timex)))
