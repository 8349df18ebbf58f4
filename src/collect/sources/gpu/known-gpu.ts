import type { Attributes } from '../../../model/sample.ts'
import type { GpuReading, ThrottleReason } from './gpu-reading.ts'
import { pciKey } from './pci-address.ts'

const maxTextLength = 64

/** Text of a driver or a program as the value of an attribute: short, and without characters that control a terminal. */
export function attributeText(text: string): string {
  return String(text).slice(0, maxTextLength).replace(/\p{C}/gu, '_')
}

export type XidSeverity = 'warning' | 'critical'

/** What is kept of a GPU between two readings. */
export class KnownGpu {
  readonly id: string
  readonly vendor: GpuReading['vendor']
  /** `hw.id` and `hw.type`. */
  readonly attributes: Attributes
  /** As `pciKey`. */
  pci: string | undefined
  info: Attributes
  /** Monotonic milliseconds of the last reading that had it. */
  seenMs: number
  isLost = false
  /** The reading before, and when it was made. */
  before: { readonly gpu: GpuReading; readonly monotonicMs: number } | undefined
  /** Seconds lost to each reason. */
  readonly throttledSeconds = new Map<ThrottleReason, number>()
  /** Errors that could not be corrected, at first; a GPU that has had more since is degraded. */
  firstUncorrected: number | undefined
  xids = 0
  /** False while nobody would tell of an XID: none is then not known to be none. */
  tellsXids = false
  /** Monotonic milliseconds of each XID of the last minutes. */
  readonly recentXids: Record<XidSeverity, number[]> = { warning: [], critical: [] }
  readonly #known = new Map<string, Map<string, Attributes>>()
  #infoKey = ''

  constructor(id: string, gpu: GpuReading, monotonicMs: number) {
    this.id = id
    this.vendor = gpu.vendor
    this.seenMs = monotonicMs
    this.attributes = { 'hw.id': id, 'hw.type': 'gpu' }
    this.info = this.attributes
  }

  /** Takes over what a reading says the GPU is. */
  describe(gpu: GpuReading): void {
    this.tellsXids = gpu.vendor === 'nvidia' && gpu.tellsXids !== false
    const { vendor, name, driverVersion, serial, index, pciAddress, cudaVersion } = gpu
    const key = [vendor, name, driverVersion, serial, index, pciAddress, cudaVersion].join('\n')
    if (key === this.#infoKey) return
    this.#infoKey = key
    this.pci = pciAddress === undefined ? undefined : pciKey(pciAddress)
    const texts = {
      'hw.vendor': vendor,
      'hw.name': name,
      'hw.model': name,
      'hw.driver_version': driverVersion,
      'hw.serial_number': serial,
      'hw.gpu.index': String(index),
      'hw.gpu.pci_address': pciAddress,
      'hw.gpu.cuda_version': cudaVersion,
    }
    const info: Record<string, string> = { ...this.attributes }
    for (const [attribute, text] of Object.entries(texts))
      if (text !== undefined && text !== '') info[attribute] = attributeText(text)
    this.info = info
  }

  /** The attributes with one more, of a closed set of values: made once. */
  with(name: string, value: string): Attributes {
    const byValue = this.#known.get(name) ?? new Map<string, Attributes>()
    this.#known.set(name, byValue)
    const attributes = byValue.get(value) ?? { ...this.attributes, [name]: value }
    byValue.set(value, attributes)
    return attributes
  }

  /** Of the attributes made for `name`, keeps those of `values`: of a set that changes. */
  keepOnly(name: string, values: ReadonlySet<string>): void {
    const byValue = this.#known.get(name)
    if (byValue === undefined || byValue.size <= values.size) return
    for (const value of byValue.keys()) if (!values.has(value)) byValue.delete(value)
  }
}
