/** A fault that hardware reported of itself, at one moment: an event, which a gauge would keep showing or miss. */

export const faultSeverities = ['info', 'warning', 'critical'] as const

/** How bad it is: `critical` ends work on the device, `warning` may, `info` is about the program that used it. */
export type FaultSeverity = (typeof faultSeverities)[number]

export interface HardwareFault {
  /** Unix milliseconds at which it was noticed. */
  readonly timestampMs: number
  /** What reported it: `xid` is NVIDIA's driver. */
  readonly kind: 'xid'
  /** The device, as the attribute `hw.id` names it. */
  readonly device: string
  /** The number of the fault in the list of its kind. */
  readonly code: number
  readonly severity: FaultSeverity
  /** One sentence: what it means and what to do. */
  readonly message: string
}

/** A fault as it is kept. */
export interface FaultRecord extends HardwareFault {
  readonly id: string
  readonly node: string
  /** The generations that were running on the node at that moment, at most 50: what it may have cost. */
  readonly generationIds: readonly string[]
}
