import type { WriteStream } from 'node:tty'
import type {
  AlertEvent,
  GenerationNotice,
  GenerationRecord,
  MonitoringService,
  VitalSigns,
} from 'framewatch'

const barWidth = 24
const redrawMs = 100

/**
 * A live view on a terminal: a bar for each generation under way and the host's vital signs, with what happened
 * scrolling above. On anything but a terminal, only what happened.
 */
export class ProgressDisplay {
  readonly #stream: WriteStream
  readonly #active = new Map<string, GenerationRecord>()
  readonly #stops: (() => void)[]
  readonly #timer: NodeJS.Timeout | undefined
  #vitalSigns: VitalSigns | undefined
  #drawnLines = 0

  constructor(service: MonitoringService, stream: WriteStream) {
    this.#stream = stream
    this.#stops = [
      service.on('generation', (notice) => this.#onGeneration(notice)),
      service.on('metrics', ({ vitalSigns }) => {
        this.#vitalSigns = vitalSigns
      }),
      service.registerAlertHandler((event) => this.#onAlert(event)),
    ]
    // Keeps the process alive while it watches.
    this.#timer = setInterval(() => this.#draw(), redrawMs)
  }

  /** A line above the live view. */
  log(text: string): void {
    this.#erase()
    this.#stream.write(`${text}\n`)
    this.#draw()
  }

  /** Leaves the last view erased. Idempotent. */
  stop(): void {
    clearInterval(this.#timer)
    for (const stop of this.#stops.splice(0)) stop()
    this.#erase()
  }

  #onGeneration({ change, record }: GenerationNotice): void {
    if (record.endedAtMs === undefined) {
      if (!this.#active.has(record.id)) this.log(`${record.id} started`)
      this.#active.set(record.id, record)
      return
    }
    this.#active.delete(record.id)
    this.log(`${record.id} ${change}${endText(change, record)}`)
  }

  #onAlert({ transition, alert }: AlertEvent): void {
    this.log(`${alert.level} alert ${alert.rule} ${transition}: ${alert.summary}`)
  }

  #draw(): void {
    if (!this.#stream.isTTY) return
    this.#erase()
    const lines = [
      ...[...this.#active.values()].map(activeLine),
      ...(this.#vitalSigns ? [vitalLine(this.#vitalSigns)] : []),
    ]
    for (const line of lines) this.#stream.write(`${line.slice(0, (this.#stream.columns || 80) - 1)}\n`)
    this.#drawnLines = lines.length
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\u001b[${this.#drawnLines}A\u001b[J`)
    this.#drawnLines = 0
  }
}

function endText(change: GenerationNotice['change'], record: GenerationRecord): string {
  if (change === 'checked') return `: ${checkText(record)}`
  const { error, durationMs } = record
  return error ? `: ${error.errorClass}, ${error.message}` : ` in ${seconds(durationMs)}`
}

/** `verified, quality 0.93`, `defective, black, quality 0.10` or `unverified, There is no such file`. */
function checkText({ verification, defects, check }: GenerationRecord): string {
  if (!check || check.verdict === 'pending') return verification
  const { qualityScore } = check.metrics
  const quality = qualityScore === undefined ? [] : [`quality ${qualityScore.toFixed(2)}`]
  return [verification, ...defects, ...(check.reason ? [check.reason] : []), ...quality].join(', ')
}

function activeLine({ id, stage, completedSteps = 0, totalSteps, queuedAtMs }: GenerationRecord): string {
  const done = totalSteps ? Math.min(1, completedSteps / totalSteps) : 0
  const filled = Math.round(done * barWidth)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`
  return `  ${id} ${bar} ${String(Math.round(done * 100)).padStart(3)} %  ${stage ?? 'starting'}  ${seconds(Date.now() - queuedAtMs)}`
}

function vitalLine(signs: VitalSigns): string {
  const percent = (ratio: number | null) => (ratio === null ? '-' : `${(ratio * 100).toFixed(0)} %`)
  const mebibytes = (bytes: number | null) => (bytes === null ? '-' : `${(bytes / 2 ** 20).toFixed(0)} MiB`)
  const rate = (bytes: number | null) => (bytes === null ? '-' : `${(bytes / 2 ** 20).toFixed(1)} MiB/s`)
  return [
    `  cpu ${percent(signs.cpuUtilization)} of ${signs.cpuCount ?? '-'}`,
    `load ${signs.load1m ?? '-'}`,
    `memory ${mebibytes(signs.memoryUsedBytes)} (${percent(signs.memoryUtilization)})`,
    `disk write ${rate(signs.diskWriteBytesPerSecond)}`,
    `fullest disk ${percent(signs.filesystemUtilizationMax)}`,
  ].join('  ')
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`
}
