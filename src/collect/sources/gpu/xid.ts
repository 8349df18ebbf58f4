/**
 * What NVIDIA's XID codes mean, by its public catalogue (docs.nvidia.com/deploy/xid-errors) and by what operators make
 * of them: `critical` ends work on the GPU until someone acts, `warning` may, `info` is about the program that used it.
 */
import type { FaultSeverity } from '../../../model/hardware-fault.ts'

export interface XidDescription {
  readonly severity: FaultSeverity
  /** One sentence: what it means and what to do. */
  readonly message: string
}

const restartProgram = 'restart the program and look for its mistake'
const reset = 'stop the work on it and reset the GPU'
const replace = 'reset the GPU, and have the card replaced when it comes back'

const table: Readonly<Record<number, readonly [FaultSeverity, meaning: string, remedy: string]>> = {
  8: [
    'warning',
    'The GPU stopped processing a channel',
    'restart the program; look at its power and heat when it comes back',
  ],
  13: ['info', 'A program made the graphics engine fault', restartProgram],
  31: ['info', 'A program touched GPU memory that is not mapped', restartProgram],
  32: [
    'warning',
    'The stream of commands to the GPU was corrupted',
    'restart the program; check the PCIe link when it comes back',
  ],
  38: [
    'warning',
    'The firmware of the driver failed',
    'restart the program; update the driver when it comes back',
  ],
  43: ['info', 'A program made the GPU stop processing its channel', restartProgram],
  44: [
    'warning',
    'The graphics engine faulted while it switched programs',
    'restart the program; reset the GPU when it comes back',
  ],
  45: [
    'info',
    'The driver cleaned up after a program that ended or failed',
    'look for the fault reported before it',
  ],
  46: ['critical', 'The GPU stopped processing', reset],
  48: ['critical', 'GPU memory had an error of two bits that cannot be corrected', replace],
  54: [
    'critical',
    'The auxiliary power cable of the GPU is not connected',
    'check the power cables of the card',
  ],
  56: ['warning', 'The display engine failed', 'reset the GPU when it comes back'],
  57: ['warning', 'Training of the GPU memory link failed', replace],
  58: ['warning', 'The link to GPU memory was unstable', replace],
  60: ['warning', 'The video processor failed', 'restart the program that decodes or encodes'],
  61: ['warning', "The GPU's power controller reported a fault", 'reset the GPU when it comes back'],
  62: ['critical', "The GPU's power controller halted", reset],
  63: [
    'info',
    'A row or page of GPU memory was marked for replacement by a spare',
    'reset the GPU at the next quiet moment',
  ],
  64: ['critical', 'A bad row or page of GPU memory could not be replaced by a spare', replace],
  65: ['warning', 'The video processor failed', 'restart the program that decodes or encodes'],
  66: [
    'warning',
    'The driver made an illegal access',
    'restart the program; update the driver when it comes back',
  ],
  68: [
    'warning',
    'The video decoder failed',
    'restart the program that decodes; check that the input is no broken video',
  ],
  69: ['info', 'A program made the graphics engine class fault', restartProgram],
  73: ['warning', 'The video encoder failed', 'restart the program that encodes'],
  74: [
    'critical',
    'An NVLink connection failed',
    'reset all GPUs it connects, and check the bridge or switch when it comes back',
  ],
  78: ['warning', 'A virtual GPU could not be started', 'check the licence and the driver of the host'],
  79: [
    'critical',
    'The GPU has fallen off the bus',
    'restart the machine; check power, cooling and the seat of the card',
  ],
  80: [
    'warning',
    'Data sent to the GPU was corrupted',
    'reset the GPU; check the PCIe link when it comes back',
  ],
  92: [
    'info',
    'GPU memory had many errors of one bit, which were corrected',
    'watch the counts of corrected errors',
  ],
  93: ['warning', "The card's own store of settings failed", 'have the card replaced when it comes back'],
  94: [
    'warning',
    'An error of GPU memory was contained to one program',
    'restart that program; reset the GPU at the next quiet moment',
  ],
  95: ['critical', 'An error of GPU memory was not contained: all programs on it may be wrong', reset],
  109: [
    'warning',
    'Switching between programs took too long',
    'restart the program; reset the GPU when it comes back',
  ],
  110: [
    'critical',
    'The GPU detected a security fault',
    'restart the machine; have the card replaced when it comes back',
  ],
  119: [
    'critical',
    'The system processor of the GPU did not answer in time',
    'reset the GPU, or restart the machine when that fails',
  ],
  120: [
    'critical',
    'The system processor of the GPU failed',
    'reset the GPU, or restart the machine when that fails',
  ],
  121: [
    'info',
    'The link between chip and chip corrected an error',
    'reset the GPU at the next quiet moment',
  ],
  122: ['warning', 'The power controller could not read over its bus', 'reset the GPU when it comes back'],
  123: ['warning', 'The power controller could not write over its bus', 'reset the GPU when it comes back'],
  136: ['critical', 'Training of a link failed', 'reset the GPUs it connects'],
  137: ['info', 'A program made NVLink fault at a remote GPU', restartProgram],
  140: ['critical', 'GPU memory had errors that were not recovered from', reset],
  143: [
    'critical',
    'The GPU could not be initialised',
    'reset the GPU, or restart the machine when that fails',
  ],
  ...nvlink5(),
  151: ['warning', 'The GPU failed to rotate a key', 'reset the GPU'],
  154: [
    'warning',
    'What must be done to recover the GPU has changed',
    'see the recovery action in `nvidia-smi -q`',
  ],
  155: [
    'warning',
    'An NVLink connection was taken down by software',
    'check the other GPUs and the fabric manager',
  ],
  156: ['warning', 'A resource of the GPU was retired', 'reset the GPU at the next quiet moment'],
  158: ['warning', 'The GPU ran into a fatal time-out', reset],
}

/** The codes of NVLink 5, one for each part of it. */
function nvlink5(): Record<number, readonly [FaultSeverity, string, string]> {
  const meaning = 'An NVLink 5 connection reported an error'
  const codes = [144, 145, 146, 147, 148, 149, 150]
  return Object.fromEntries(
    codes.map((code) => [
      code,
      ['warning', meaning, 'reset the GPUs it connects when it comes back'] as const,
    ]),
  )
}

/** @param code - of the list; one that it does not have is a warning, for nobody knows. */
export function describeXid(code: number): XidDescription {
  const [severity, meaning, remedy] = table[code] ?? [
    'warning',
    'The driver reported an error that this version does not know',
    "look it up in NVIDIA's list of XID errors",
  ]
  return { severity, message: `XID ${code}: ${meaning}; ${remedy}.` }
}
