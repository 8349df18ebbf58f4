import type { FaultRecord, HardwareFault } from '../model/hardware-fault.ts'
import type { ActiveGeneration } from '../model/status.ts'
import { IdMaker, type Random } from '../system/random.ts'

const maxGenerations = 50

/** Makes records of the faults that hardware reports: what ran at that moment may have ended by it. */
export class FaultLog {
  readonly #ids: IdMaker
  readonly #node: string

  constructor({ node, random }: { readonly node: string; readonly random: Random }) {
    this.#ids = new IdMaker('fault', random)
    this.#node = node
  }

  records(
    faults: readonly HardwareFault[],
    active: readonly ActiveGeneration[],
    nowMs: number,
  ): readonly FaultRecord[] {
    const running = active.filter(({ status }) => status === 'running')
    const generationIds = running.slice(0, maxGenerations).map(({ id }) => id)
    return faults.map((fault) => ({ ...fault, id: this.#ids.next(nowMs), node: this.#node, generationIds }))
  }
}
