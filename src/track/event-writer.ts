/**
 * Events on their way out of the caller's thread. What the caller gave is checked as it is written: a value of the wrong
 * type is left out, a long text is cut, the rest is kept; bad metadata is no reason to lose a generation.
 */
import {
  type GenerationOutcome,
  type GenerationOutput,
  type GenerationRequest,
  type GenerationResult,
  generationOutcomes,
  verifications,
} from '../model/generation.ts'
import { tags } from './event-format.ts'
import type { ReportedError } from './generation-event.ts'
import { absoluteOutputPath } from './output-path.ts'
import { maxShortChars, type RecordWriter } from './record-codec.ts'

/** Of the prompt, this much is kept and hashed. */
const maxPromptChars = 16 * 1024
export const maxMessageChars = 4000
/** Of tags, parameters, quality scores, defects, GPUs: no more than this many each. */
const maxEntries = 64

export function writeStage(out: RecordWriter, name: string): void {
  writeName(out, tags.stage, name)
}

/** @param completedSteps - an amount (`isAmount`). */
export function writeProgress(out: RecordWriter, completedSteps: number, totalSteps: unknown): void {
  out.numberField(tags.completedSteps, completedSteps)
  if (isAmount(totalSteps) && totalSteps > 0) out.numberField(tags.totalSteps, totalSteps)
}

export function writeRequest(out: RecordWriter, request: GenerationRequest): void {
  writeName(out, tags.model, request.model)
  writeName(out, tags.modelVersion, request.modelVersion)
  writeName(out, tags.engine, request.engine)
  writeName(out, tags.provider, request.provider)
  writeAmount(out, tags.width, request.width)
  writeAmount(out, tags.height, request.height)
  writeAmount(out, tags.fps, request.fps)
  writeAmount(out, tags.durationSeconds, request.durationSeconds)
  writeAmount(out, tags.frames, request.frames)
  writeAmount(out, tags.steps, request.steps)
  writeNumber(out, tags.seed, request.seed)
  writeAmount(out, tags.attempt, request.attempt)
  if (request.queued === true) writeNumber(out, tags.queued, 1)
  writeText(out, tags.requestId, request.requestId, maxShortChars)
  const { gpus, parameters, tags: labels } = request
  if (Array.isArray(gpus)) writeGpus(out, gpus)
  else refuse(out, gpus)
  if (isObject(parameters)) writeParameters(out, parameters)
  else refuse(out, parameters)
  if (isObject(labels)) writeLabels(out, labels)
  else refuse(out, labels)
  // The longest comes last: where there is not room for all, it is what is cut.
  writeText(out, tags.prompt, request.prompt, maxPromptChars)
}

export function writeOutcome(out: RecordWriter, outcome: GenerationOutcome): void {
  out.numberField(tags.outcome, generationOutcomes.indexOf(outcome))
}

export function writeResult(out: RecordWriter, result: GenerationResult): void {
  const { output, outputPath, quality, verification, defects, resources, cost } = result
  // Of a path told twice, the last counts.
  writePath(out, outputPath)
  if (isObject(output)) writeOutput(out, output)
  else refuse(out, output)
  if (isObject(quality)) writeQuality(out, quality)
  else refuse(out, quality)
  if (verification !== undefined) writeVerification(out, verification)
  if (Array.isArray(defects)) writeDefects(out, defects)
  else refuse(out, defects)
  if (isObject(resources)) {
    writeAmount(out, tags.peakVramBytes, resources.peakVramBytes)
    writeAmount(out, tags.energyJoules, resources.energyJoules)
  }
  writeAmount(out, tags.cost, cost)
}

export function writeError(out: RecordWriter, error: ReportedError): void {
  writeText(out, tags.message, error.message, maxMessageChars)
  writeName(out, tags.code, error.code)
  writeName(out, tags.errorClass, error.errorClass)
}

function writeOutput(out: RecordWriter, output: GenerationOutput): void {
  writePath(out, output.path)
  writeAmount(out, tags.sizeBytes, output.sizeBytes)
  writeAmount(out, tags.durationSeconds, output.durationSeconds)
  writeAmount(out, tags.width, output.width)
  writeAmount(out, tags.height, output.height)
  writeAmount(out, tags.fps, output.fps)
  writeAmount(out, tags.frames, output.frames)
}

function writePath(out: RecordWriter, path: unknown): void {
  writeText(out, tags.path, absoluteOutputPath(path), maxMessageChars)
}

function writeQuality(out: RecordWriter, quality: Readonly<Record<string, unknown>>): void {
  let count = 0
  for (const name in quality) {
    if (!isWithin(out, ++count)) return
    const score = quality[name]
    if (isFiniteNumber(score)) out.numberEntry(tags.quality, name, score)
    else refuse(out, score)
  }
}

function writeParameters(out: RecordWriter, parameters: Readonly<Record<string, unknown>>): void {
  let count = 0
  for (const name in parameters) {
    if (!isWithin(out, ++count)) return
    const value = parameters[name]
    if (typeof value === 'string') out.textEntry(tags.textParameter, name, value)
    else if (typeof value === 'boolean') out.numberEntry(tags.booleanParameter, name, value ? 1 : 0)
    else if (isFiniteNumber(value)) out.numberEntry(tags.numberParameter, name, value)
    else refuse(out, value)
  }
}

function writeLabels(out: RecordWriter, labels: Readonly<Record<string, unknown>>): void {
  let count = 0
  for (const name in labels) {
    if (!isWithin(out, ++count)) return
    const value = labels[name]
    if (typeof value === 'string') out.textEntry(tags.label, name, value)
    else refuse(out, value)
  }
}

function writeGpus(out: RecordWriter, gpus: readonly unknown[]): void {
  for (const [index, gpu] of gpus.entries()) if (isWithin(out, index + 1)) writeAmount(out, tags.gpu, gpu)
}

function writeDefects(out: RecordWriter, defects: readonly unknown[]): void {
  for (const [index, defect] of defects.entries())
    if (isWithin(out, index + 1)) writeName(out, tags.defect, defect)
}

function writeVerification(out: RecordWriter, verification: unknown): void {
  if (verifications.some((known) => known === verification)) writeName(out, tags.verification, verification)
  else refuse(out, verification)
}

function isWithin(out: RecordWriter, count: number): boolean {
  if (count <= maxEntries) return true
  out.markCut()
  return false
}

/** What is of no use is left out, and counted; what is not there is no mistake. */
function refuse(out: RecordWriter, value: unknown): void {
  if (value !== undefined && value !== null) out.markCut()
}

function writeName(out: RecordWriter, tag: number, value: unknown): void {
  if (typeof value === 'string') out.nameField(tag, value)
  else refuse(out, value)
}

function writeText(out: RecordWriter, tag: number, value: unknown, chars: number): void {
  if (typeof value === 'string') out.textField(tag, value, chars)
  else refuse(out, value)
}

function writeNumber(out: RecordWriter, tag: number, value: unknown): void {
  if (isFiniteNumber(value)) out.numberField(tag, value)
  else refuse(out, value)
}

function writeAmount(out: RecordWriter, tag: number, value: unknown): void {
  if (isAmount(value)) out.numberField(tag, value)
  else refuse(out, value)
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
}
