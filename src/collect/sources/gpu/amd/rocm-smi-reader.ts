/** AMD GPUs through a tool of ROCm, where the files of the kernel's driver are not there: `amd-smi`, else `rocm-smi`. */
import type { Clock } from '../../../../system/clock.ts'
import type { GpuReader } from '../gpu-reading.ts'
import { keptAnswer } from '../kept-answer.ts'
import { isNoProgram, runTool } from '../run-tool.ts'
import { type AmdSmiStatic, parseAmdSmiMetric, parseAmdSmiStatic } from './amd-smi.ts'
import { type AmdToolGpus, parseRocmSmi } from './rocm-smi.ts'

export interface RocmSmiOptions {
  readonly clock: Clock
  /** @default `amd-smi` from the PATH */
  readonly amdSmi?: string
  /** @default `rocm-smi` from the PATH */
  readonly rocmSmi?: string
}

/** Both are Python programs, and take a second to start. */
const deadlineMs = 15_000
const leastIntervalMs = 10_000

/** @throws an `Error` when neither tool is there, or the one that is cannot tell of any GPU. */
export async function openRocmSmiReader(options: RocmSmiOptions): Promise<GpuReader> {
  const { clock, amdSmi = 'amd-smi', rocmSmi = 'rocm-smi' } = options
  const tools = [
    { name: 'amd-smi', ask: amdSmiQuestion(amdSmi, clock) },
    { name: 'rocm-smi', ask: () => run(rocmSmi, ['-a', '--json'], clock).then(parseRocmSmi) },
  ]
  const failures: unknown[] = []
  for (const { name, ask } of tools) {
    const read = keptAnswer(clock, leastIntervalMs, ask)
    try {
      await read()
      return { name, read: async () => ({ ...(await read()), xids: [] }), close: () => {} }
    } catch (error) {
      failures.push(error)
    }
  }
  // A tool that is there and fails says more than one that is missing.
  throw failures.find((error) => !isNoProgram(error)) ?? noTool(failures[0])
}

function noTool(cause: unknown): Error {
  const remedy = 'install amd-smi-lib or rocm-smi-lib of ROCm, or add /opt/rocm/bin to PATH'
  return new Error(`Cannot run "amd-smi" or "rocm-smi": ${remedy}`, { cause })
}

/** What never changes is asked when a GPU is seen for the first time. */
function amdSmiQuestion(program: string, clock: Clock): () => Promise<AmdToolGpus> {
  let fixed: AmdSmiStatic = new Map()
  return async () => {
    const metrics = await run(program, ['metric', '--json'], clock)
    const answer = parseAmdSmiMetric(metrics, fixed)
    if (answer.gpus.every(({ index }) => fixed.has(index))) return answer
    fixed = parseAmdSmiStatic(await run(program, ['static', '--json'], clock))
    return parseAmdSmiMetric(metrics, fixed)
  }
}

async function run(program: string, args: readonly string[], clock: Clock): Promise<string> {
  const { stdout, stderr, exitCode } = await runTool(program, args, { clock, deadlineMs })
  // Both end with another code than 0 when one value of many could not be read.
  if (exitCode !== 0 && stdout.trim() === '')
    throw new Error(`${program} ended with exit code ${exitCode}: ${stderr.trim().slice(-500)}`)
  return stdout
}
