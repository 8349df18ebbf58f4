import { type DetailMeasures, measureDetail } from '../../src/quality/detail/detail-meter.ts'
import type { DetailEvidence } from '../../src/quality/detail/stretches.ts'
import type { Picture } from './pictures.ts'

/** A clip of 4 seconds, looked at four times a second and at its end, that shows `spoilt` from one time to another. */
export function clipOf(
  clean: Picture,
  spoilt: Picture,
  { from, to }: { from: number; to: number },
): DetailEvidence {
  const [fine, wrong] = [measureDetail(clean), measureDetail(spoilt)]
  return evidenceOf((timeSeconds) => (timeSeconds >= from && timeSeconds < to ? wrong : fine))
}

/** A clip of 4 seconds that shows one picture. */
export function stillOf(picture: Picture): DetailEvidence {
  const measures = measureDetail(picture)
  return evidenceOf(() => measures)
}

function evidenceOf(at: (timeSeconds: number) => DetailMeasures): DetailEvidence {
  const times = [...Array.from({ length: 16 }, (_, index) => index / 4), 3.96]
  const details = times.map((timeSeconds) => ({ timeSeconds, measures: at(timeSeconds) }))
  return { details, pictureSeconds: 4 }
}
