import type { GpuReading } from '../gpu-reading.ts'
import { numberOf, present } from './device-facts.ts'
import { type HandleCalls, type Query, query } from './handle-calls.ts'
import { nvmlReturn } from './nvml-facts.ts'

const queries = {
  powerLimit: query('nvmlDeviceGetEnforcedPowerLimit'),
  eccCorrected: query('nvmlDeviceGetTotalEccErrors'),
  eccUncorrected: query('nvmlDeviceGetTotalEccErrors'),
  eccCorrectedLifetime: query('nvmlDeviceGetTotalEccErrors'),
  eccUncorrectedLifetime: query('nvmlDeviceGetTotalEccErrors'),
  retiredSingleBit: query('nvmlDeviceGetRetiredPages_v2'),
  retiredDoubleBit: query('nvmlDeviceGetRetiredPages_v2'),
  retirementPending: query('nvmlDeviceGetRetiredPagesPendingStatus'),
  remapped: query('nvmlDeviceGetRemappedRows'),
}

/** `nvmlMemoryErrorType_t`, `nvmlEccCounterType_t`. */
const corrected = 0
const uncorrected = 1
const sinceLoad = 0
const lifetime = 1

/** `nvmlPageRetirementCause_t`. */
const multipleSingleBit = 0
const doubleBit = 1

/** What changes with the age of a card, or by the hand of an administrator: not worth a look at every reading. */
export type DeviceHealth = Pick<GpuReading, 'powerLimitWatts' | 'ecc' | 'retiredPages' | 'remappedRows'>

export function readDeviceHealth(calls: HandleCalls): DeviceHealth {
  return {
    ...present({
      powerLimitWatts: numberOf(calls.word(queries.powerLimit) / 1000),
      ecc: present({
        corrected: eccErrors(calls, queries.eccCorrected, corrected, sinceLoad),
        uncorrected: eccErrors(calls, queries.eccUncorrected, uncorrected, sinceLoad),
        correctedLifetime: eccErrors(calls, queries.eccCorrectedLifetime, corrected, lifetime),
        uncorrectedLifetime: eccErrors(calls, queries.eccUncorrectedLifetime, uncorrected, lifetime),
      }),
      retiredPages: present({
        singleBit: retiredPages(calls, queries.retiredSingleBit, multipleSingleBit),
        doubleBit: retiredPages(calls, queries.retiredDoubleBit, doubleBit),
        isPending: flagOf(calls.word(queries.retirementPending)),
      }),
      remappedRows: remappedRows(calls),
    }),
  }
}

function eccErrors(calls: HandleCalls, asked: Query, type: number, since: number): number | undefined {
  const { scratch } = calls.context
  return calls.askWith(asked, type, since, scratch.bytes) ? numberOf(scratch.long()) : undefined
}

/** Their number is wanted, not their addresses: asked with no room for these, it is all that is told. */
function retiredPages(calls: HandleCalls, asked: Query, cause: number): number | undefined {
  const { scratch, spare } = calls.context
  scratch.setWord(0, 0)
  const code = calls.codeOf(asked, cause, scratch.bytes, spare[0].bytes, spare[1].bytes)
  if (code === undefined) return undefined
  if (code !== nvmlReturn.success && code !== nvmlReturn.insufficientSize) {
    calls.judge(asked, code)
    return undefined
  }
  return numberOf(scratch.word())
}

function remappedRows(calls: HandleCalls): GpuReading['remappedRows'] {
  const { scratch, spare } = calls.context
  const [second, third, fourth] = spare
  if (!calls.askWith(queries.remapped, scratch.bytes, second.bytes, third.bytes, fourth.bytes))
    return undefined
  return present({
    correctable: numberOf(scratch.word()),
    uncorrectable: numberOf(second.word()),
    isPending: flagOf(third.word()),
    hasFailed: flagOf(fourth.word()),
  })
}

function flagOf(word: number): boolean | undefined {
  return Number.isNaN(word) ? undefined : word !== 0
}
