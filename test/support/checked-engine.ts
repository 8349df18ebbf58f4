import { openEngine } from '../../src/engine/compose.ts'
import { createRing, RingWriter } from '../../src/engine/event-ring.ts'
import { type MonitoringServiceOptions, resolveSettings } from '../../src/engine/options.ts'
import { createProbe } from '../../src/engine/shared-probe.ts'
import type { VideoChecker } from '../../src/engine/video-checker.ts'
import type { GenerationNotice } from '../../src/model/status.ts'
import { systemClock } from '../../src/system/clock.ts'
import { systemRandom } from '../../src/system/random.ts'
import { GenerationRecorder } from '../../src/track/recorder.ts'

/** A whole engine over a real store, on this thread, with a checker of the test. */
export async function startCheckedEngine(
  options: MonitoringServiceOptions,
  check: VideoChecker['check'],
  onGeneration: (notice: GenerationNotice) => void = () => undefined,
) {
  const ring = createRing()
  const writer = new RingWriter(ring)
  const settings = resolveSettings({ collectionInterval: 0.2, ...options })
  const engine = await openEngine(
    { settings, ring, probe: createProbe() },
    (name, tell) => {
      if (name === 'generation') onGeneration(tell() as GenerationNotice)
    },
    { checker: { check, stop: async () => undefined } },
  )
  engine.start()
  const clock = systemClock()
  return {
    engine,
    recorder: new GenerationRecorder({ sink: writer, clock, random: systemRandom() }),
    async stop() {
      writer.close()
      return engine.stop()
    },
  }
}
