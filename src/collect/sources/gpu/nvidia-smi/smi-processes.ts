/** The programs that use a GPU. */
import type { GpuProcess } from '../gpu-reading.ts'
import { told } from '../quantity.ts'
import type { SmiFields } from './smi-fields.ts'

/**
 * A program that uses several parts of the GPU is written several times, and is one here.
 *
 * @returns empty when there are none; undefined when the tool does not tell.
 */
export function processesOf(gpu: SmiFields): readonly GpuProcess[] | undefined {
  const section = gpu.tree.at('processes')
  if (section === undefined) return undefined
  const nodes = [...section.all('process_info'), ...section.all('process_id')]
  // Both formats write nothing, or "None", for none; `N/A` for a card that does not tell.
  if (nodes.length === 0) return section.text === '' || section.text === 'None' ? [] : undefined
  const byPid = new Map<number, GpuProcess>()
  for (const node of nodes) {
    const fields = gpu.of(node)
    const pid = fields.tree.at('pid') ? fields.count('pid') : pidOf(node.text)
    if (pid === undefined) continue
    const name = executableOf(fields.text('process_name', 'name') ?? '')
    const usedBytes = fields.quantity('bytes', 'used_memory', 'used_gpu_memory')
    byPid.set(pid, merged(byPid.get(pid), told({ pid, name, usedBytes })))
  }
  return [...byPid.values()]
}

function pidOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function merged(known: GpuProcess | undefined, more: GpuProcess): GpuProcess {
  if (known === undefined) return more
  const { usedBytes } = known
  const sum = usedBytes === undefined ? more.usedBytes : usedBytes + (more.usedBytes ?? 0)
  return told({ ...more, ...known, usedBytes: sum })
}

/** The tool writes arguments too, which may hold secrets and differ with each start. */
function executableOf(name: string): string | undefined {
  const windows = /^[A-Za-z]:\\.*?\.exe(?=\s|$)/i.exec(name)?.[0]
  const executable = windows ?? (/^[A-Za-z]:\\/.test(name) ? name : name.split(/\s/, 1)[0])
  return executable === '' || executable?.startsWith('[') ? undefined : executable
}
