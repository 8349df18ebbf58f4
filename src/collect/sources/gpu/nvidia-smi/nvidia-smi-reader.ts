/**
 * NVIDIA GPUs through `nvidia-smi -q -x`, where the driver's library cannot be called. One start of the program takes
 * 50 to 500 ms, so a reading is kept for ten seconds; the program's own loop (`--query-gpu=… --format=csv -l`) would save
 * the start, and tells neither processes nor MIG devices.
 */
import type { Clock } from '../../../../system/clock.ts'
import { existsSync } from '../../../../system/files.ts'
import type { GpuAnswer, GpuReader, GpuReading, GpuXid } from '../gpu-reading.ts'
import { keptAnswer } from '../kept-answer.ts'
import { openKernelLogXids } from '../kernel-log.ts'
import { pciKey } from '../pci-address.ts'
import { told } from '../quantity.ts'
import { isNoProgram, runTool } from '../run-tool.ts'
import { gpusOf, migDevicesOf, type SmiGpus } from './smi-gpus.ts'
import { parseSmiList } from './smi-list.ts'
import { exitMessage, type LostGpu, lostGpusOf } from './smi-messages.ts'
import type { SmiTree } from './smi-tree.ts'
import { parseSmiXml } from './smi-xml.ts'

export interface NvidiaSmiOptions {
  /** @default `nvidia-smi` from the PATH; on Windows from where the driver installs it, when it is there */
  readonly program?: string
  readonly clock: Clock
  /** Where the kernel's log is, for XIDs. @default /dev */
  readonly devRoot?: string
}

/** A driver that hangs makes the program hang. */
const deadlineMs = 8000
const leastIntervalMs = 10_000

/** @throws an `Error` that says what to install when there is no such program, or why it cannot tell of any GPU. */
export async function openNvidiaSmiReader(options: NvidiaSmiOptions): Promise<GpuReader> {
  const { clock, devRoot, program = defaultProgram() } = options
  const smi = new NvidiaSmi(program, clock)
  const readGpus = keptAnswer(clock, leastIntervalMs, () => smi.read())
  await readGpus()
  const log = openKernelLogXids(devRoot === undefined ? { clock } : { clock, devRoot })
  return {
    name: 'nvidia-smi',
    async read() {
      const read = await readGpus()
      const { skipped } = read
      const gpus = log ? read.gpus : read.gpus.map((gpu) => ({ ...gpu, tellsXids: false }))
      return { gpus, skipped, xids: (log?.drain() ?? []).map((xid) => withId(xid, gpus)) } satisfies GpuAnswer
    },
    close: () => log?.close(),
  }
}

/** Windows has it in the system's folder, and older drivers in their own, which is in no PATH. */
function defaultProgram(): string {
  if (process.platform !== 'win32') return 'nvidia-smi'
  const { SystemRoot = 'C:\\Windows', ProgramFiles = 'C:\\Program Files' } = process.env
  const places = [`${SystemRoot}\\System32`, `${ProgramFiles}\\NVIDIA Corporation\\NVSMI`]
  return places.map((place) => `${place}\\nvidia-smi.exe`).find((path) => existsSync(path)) ?? 'nvidia-smi'
}

/** The log names a card by its address, everything else by its id. */
function withId(xid: GpuXid, gpus: readonly GpuReading[]): GpuXid {
  const gpu = gpus.find((candidate) => isAt(candidate, xid.device))
  return gpu === undefined ? xid : { ...xid, device: gpu.id }
}

class NvidiaSmi {
  readonly #program: string
  readonly #clock: Clock
  /** By id. A card that is lost is told by its address or its number only. */
  readonly #known = new Map<string, GpuReading>()

  constructor(program: string, clock: Clock) {
    this.#program = program
    this.#clock = clock
  }

  async read(): Promise<SmiGpus> {
    const { stdout, stderr, exitCode } = await this.#start(['-q', '-x'])
    const lost = lostGpusOf(`${stdout}\n${stderr}`)
    const tree = treeOf(stdout)
    if (exitCode !== 0 && tree === undefined && lost.length === 0)
      throw new Error(exitMessage(exitCode, `${stdout}\n${stderr}`))
    if (tree === undefined && lost.length === 0) throw new Error('nvidia-smi wrote no XML that names a GPU')
    const { gpus, skipped } = tree ? await this.#gpusOf(tree) : { gpus: [], skipped: 0 }
    const all = this.#withLost(gpus, lost)
    for (const gpu of all) this.#known.set(gpu.id, gpu)
    return { gpus: all, skipped }
  }

  async #gpusOf(tree: SmiTree): Promise<SmiGpus> {
    if (!tree.all('gpu').some((gpu) => migDevicesOf(gpu).length > 0)) return gpusOf(tree)
    const { stdout, stderr, exitCode } = await this.#start(['-L'])
    if (exitCode !== 0) throw new Error(exitMessage(exitCode, stderr))
    return gpusOf(tree, parseSmiList(stdout))
  }

  async #start(args: readonly string[]) {
    try {
      return await runTool(this.#program, args, { clock: this.#clock, deadlineMs })
    } catch (cause) {
      if (!isNoProgram(cause)) throw cause
      const remedy =
        'install the NVIDIA driver with its utilities (package nvidia-utils), or add its folder to PATH'
      throw new Error(`Cannot run "${this.#program}": ${remedy}`, { cause })
    }
  }

  /** A lost card keeps the id and the number it had; none of its values is known any more. */
  #withLost(present: readonly GpuReading[], lost: readonly LostGpu[]): readonly GpuReading[] {
    const known = [...this.#known.values()]
    const [marked, missing] = [new Set<GpuReading>(), [] as GpuReading[]]
    for (const { pciAddress, index } of lost) {
      const isIt = (gpu: GpuReading) =>
        pciAddress === undefined ? gpu.index === index : isAt(gpu, pciAddress)
      const listed = pciAddress === undefined ? undefined : present.find(isIt)
      if (listed) marked.add(listed)
      else missing.push(lostGpu(known.find(isIt), pciAddress, index))
    }
    const taken = new Set(missing.map(({ index }) => index))
    let next = 0
    const numbered = present.map((gpu) => {
      // The XML tells no numbers, and a card that is not in it keeps its own.
      while (taken.has(next)) next += 1
      return { ...gpu, index: next++, ...(marked.has(gpu) ? { isLost: true } : {}) }
    })
    return [...numbered, ...missing]
  }
}

function isAt(gpu: GpuReading, pciAddress: string): boolean {
  return gpu.pciAddress !== undefined && pciKey(gpu.pciAddress) === pciKey(pciAddress)
}

function lostGpu(
  known: GpuReading | undefined,
  pciAddress: string | undefined,
  number: number | undefined,
): GpuReading {
  const index = number ?? known?.index ?? 0
  return told({
    id: known?.id ?? pciAddress ?? `index ${index}`,
    index,
    vendor: 'nvidia' as const,
    name: known?.name,
    serial: known?.serial,
    pciAddress: known?.pciAddress ?? pciAddress,
    isLost: true,
  })
}

/** Undefined when the program wrote none that names a GPU. */
function treeOf(stdout: string): SmiTree | undefined {
  try {
    const tree = parseSmiXml(stdout)
    return tree.all('gpu').length > 0 ? tree : undefined
  } catch {
    return undefined
  }
}
