import { isAbsent, type Source, type SourceReading } from '../../src/collect/source.ts'

/** Reads a source that must be there. */
export async function readOf(source: Source): Promise<SourceReading> {
  const answer = await source.read()
  if (isAbsent(answer)) throw new Error(`${source.name} is absent: ${answer.absent}`)
  return answer
}
