/**
 * Watches real video generations on this machine: starts the monitoring service, generates a video for each prompt
 * of a file, shows what happens, and says where everything is stored.
 *
 *   npm start -- [--generations N] [--concurrency N] [--fail-every N] [--base-dir DIR] [--prompts FILE] [--json] [--exit]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  FramewatchError,
  type GenerationRecord,
  MonitoringService,
  type SystemStatus,
  VideoGenerator,
} from 'framewatch'
import { ProgressDisplay } from './progress-display.ts'

const help = `Options, after \`npm start --\`:
  --generations N   how many videos (default: one for each prompt)
  --concurrency N   how many at once (default: 2)
  --fail-every N    every Nth is sent to a path that cannot be written to (default: none)
  --base-dir DIR    where everything is stored (default: .framewatch)
  --prompts FILE    one prompt a line (default: examples/prompts.txt)
  --json            one JSON object on stdout at the end, everything else on stderr
  --exit            stop when the videos are done, instead of watching on until Ctrl-C

The counts at the end are of everything in the base directory, earlier runs included.`

interface Options {
  readonly generations: number
  readonly concurrency: number
  readonly failEvery: number
  readonly baseDir: string
  readonly prompts: readonly string[]
  readonly json: boolean
  readonly exit: boolean
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      generations: { type: 'string' },
      concurrency: { type: 'string', default: '2' },
      'fail-every': { type: 'string', default: '0' },
      'base-dir': { type: 'string', default: '.framewatch' },
      prompts: { type: 'string', default: join(import.meta.dirname, 'prompts.txt') },
      json: { type: 'boolean', default: false },
      exit: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.error(help)
    process.exit(0)
  }
  const prompts = readFileSync(values.prompts, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (prompts.length === 0) throw new Error(`${values.prompts} holds no prompt`)
  return {
    generations: wholeNumber('--generations', values.generations ?? String(prompts.length), 0),
    concurrency: wholeNumber('--concurrency', values.concurrency, 1),
    failEvery: wholeNumber('--fail-every', values['fail-every'], 0),
    baseDir: values['base-dir'],
    prompts,
    json: values.json,
    exit: values.exit,
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`Expected ${name} to be a whole number from ${least} up, got \`${text}\``)
}

/** Generates all the videos, some at once; resolves when they are done or cancelled. */
async function generateAll(
  options: Options,
  generator: VideoGenerator,
  videosDir: string,
  signal: AbortSignal,
): Promise<void> {
  const run = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  // A regular file: nothing can be written below it, whoever asks.
  const notADirectory = join(videosDir, 'not-a-directory')
  if (options.failEvery > 0) writeFileSync(notADirectory, '')
  let next = 1
  const worker = async () => {
    while (next <= options.generations && !signal.aborted) {
      const number = next++
      const isToFail = options.failEvery > 0 && number % options.failEvery === 0
      const name = `${run}-${String(number).padStart(4, '0')}.mp4`
      const prompt = options.prompts[(number - 1) % options.prompts.length] ?? ''
      const outputPath = join(isToFail ? notADirectory : videosDir, name)
      // A failure is recorded and shown; the rest goes on.
      await generator
        .generateVideo({ prompt, outputPath, seed: number, abortSignal: signal })
        .catch(() => undefined)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
}

async function allGenerations(service: MonitoringService): Promise<GenerationRecord[]> {
  const records: GenerationRecord[] = []
  let cursor: string | undefined
  do {
    const page = await service.listGenerations({ limit: 500, cursor })
    records.push(...page.records)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return records.reverse()
}

/** Videos are opened and looked at after their generations have ended, one at a time. */
async function checksAreDone(service: MonitoringService, signal: AbortSignal): Promise<void> {
  const isWaiting = ({ check }: GenerationRecord) => check?.verdict === 'pending'
  while (!signal.aborted && (await allGenerations(service)).some(isWaiting)) await sleep(200)
}

async function report(service: MonitoringService, status: SystemStatus, options: Options): Promise<void> {
  const records = await allGenerations(service)
  const count = (...statuses: GenerationRecord['status'][]) =>
    records.filter((record) => statuses.includes(record.status)).length
  const counts = {
    total: records.length,
    succeeded: count('succeeded'),
    failed: count('failed', 'timed_out', 'rejected'),
    cancelled: count('cancelled'),
    lost: count('lost'),
  }
  const outputs = { verified: 0, defective: 0, unverified: 0 }
  for (const { verification } of records.filter(({ status }) => status === 'succeeded'))
    outputs[verification] += 1
  if (options.json) {
    const { status: level, statusMessage, metrics, alerts, performance } = status
    const history = await service.listAlertEvents({ limit: 1000 })
    const result = {
      status: level,
      statusMessage,
      generations: { ...counts, outputs, records },
      metrics,
      performance,
      alerts: { ...alerts, history },
      baseDir: service.baseDir,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  console.log(`\nStatus: ${status.status}. ${status.statusMessage}`)
  const list = (values: Record<string, number>) =>
    Object.entries(values)
      .map(([name, value]) => `${value} ${name}`)
      .join(', ')
  console.log(`Generations in this store: ${list(counts)}.`)
  console.log(`Videos opened and checked: ${list(outputs)}.`)
  for (const { id, error } of records.filter((record) => record.error))
    console.log(`  ${id} ${error?.errorClass}: ${error?.message}`)
  console.log(`Videos:  ${join(service.baseDir, 'videos')}`)
  console.log(`History: ${service.baseDir} (npm run framewatch -- status --base-dir "${options.baseDir}")`)
}

async function main(): Promise<void> {
  const options = readOptions()
  const videosDir = join(options.baseDir, 'videos')
  const service = new MonitoringService({
    baseDir: options.baseDir,
    collectionInterval: 1,
    snapshotInterval: 60,
  })
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupt.abort(new Error(`Interrupted by ${signal}`)))
  // A terminal that hung up takes no more text; the service is to stop in order all the same.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', () => {
      process.exitCode = 1
    })
  await service.start()
  mkdirSync(videosDir, { recursive: true })
  const display = new ProgressDisplay(service, process.stderr)
  try {
    const generator = new VideoGenerator({ config: {}, monitoringService: service })
    await generateAll(options, generator, videosDir, interrupt.signal)
    await checksAreDone(service, interrupt.signal)
    if (!options.exit && !interrupt.signal.aborted) {
      display.log('The videos are done; watching this machine until Ctrl-C.')
      await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve, { once: true }))
    }
    // An answer comes after the events before it, so the display has shown them all.
    const status = await service.getSystemStatus()
    display.stop()
    await report(service, status, options)
  } finally {
    display.stop()
    for (const failure of await service.stop()) console.error(failure.message)
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof FramewatchError ? `${error.code}: ${error.message}` : error)
  process.exitCode = 1
}
