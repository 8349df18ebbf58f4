import type { GpuVendor } from './gpu-readers.ts'
import type { GpuReading } from './gpu-reading.ts'
import { attributeText, KnownGpu } from './known-gpu.ts'
import { pciKey } from './pci-address.ts'

const maxGpus = 64
/** A GPU that is not seen for a day was taken out. */
const memoryMs = 86_400_000

/** A GPU of a reading, with what is known of it. */
export interface SeenGpu {
  readonly known: KnownGpu
  readonly gpu: GpuReading
}

/** The GPUs that were ever seen, for a day: one that vanishes is lost, not forgotten. */
export class KnownGpus {
  readonly #byId = new Map<string, KnownGpu>()

  get all(): IterableIterator<KnownGpu> {
    return this.#byId.values()
  }

  get size(): number {
    return this.#byId.size
  }

  /**
   * Notes a reading.
   *
   * @param unread - vendors that the reading says nothing of.
   * @returns the GPUs of the reading, each once and no more than are kept; `skipped` counts the others.
   */
  note(
    gpus: readonly GpuReading[],
    unread: readonly GpuVendor[],
    monotonicMs: number,
  ): { readonly seen: readonly SeenGpu[]; readonly skipped: number } {
    const seen = new Map<KnownGpu, GpuReading>()
    for (const gpu of gpus) {
      const known = this.#find(gpu, monotonicMs)
      if (known === undefined || seen.has(known)) continue
      seen.set(known, gpu)
      known.describe(gpu)
      known.seenMs = monotonicMs
      known.isLost = gpu.isLost === true
    }
    for (const known of this.all) if (!seen.has(known) && !unread.includes(known.vendor)) known.isLost = true
    this.#forget(seen, monotonicMs)
    const list = [...seen].map(([known, gpu]) => ({ known, gpu }))
    return { seen: list, skipped: gpus.length - list.length }
  }

  /** By the id of a reading, or by its PCI address. */
  byDevice(device: string): KnownGpu | undefined {
    const known = this.#byId.get(attributeText(device))
    if (known) return known
    const pci = pciKey(device)
    if (pci === undefined) return undefined
    for (const gpu of this.all) if (gpu.pci === pci) return gpu
    return undefined
  }

  #find(gpu: GpuReading, monotonicMs: number): KnownGpu | undefined {
    const id = attributeText(gpu.id)
    const old = this.#byId.get(id)
    if (old) return old
    if (this.#byId.size >= maxGpus && !this.#dropLost()) return undefined
    const known = new KnownGpu(id, gpu, monotonicMs)
    this.#byId.set(id, known)
    return known
  }

  /** Makes room: the one that was lost first goes. */
  #dropLost(): boolean {
    const [first] = [...this.all].filter(({ isLost }) => isLost).sort((a, b) => a.seenMs - b.seenMs)
    return first !== undefined && this.#byId.delete(first.id)
  }

  /** Forgets those lost for long, and those in whose place there is another: a new card, or a new name for the old. */
  #forget(seen: ReadonlyMap<KnownGpu, GpuReading>, monotonicMs: number): void {
    const places = new Set([...seen.keys()].map(({ pci }) => pci))
    for (const known of this.all) {
      if (seen.has(known)) continue
      const isReplaced = known.pci !== undefined && places.has(known.pci)
      if (isReplaced || monotonicMs - known.seenMs > memoryMs) this.#byId.delete(known.id)
    }
  }
}
