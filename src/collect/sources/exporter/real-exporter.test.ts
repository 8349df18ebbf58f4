import { release, totalmem } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeExporter, startNodeExporter } from '../../../../test/support/node-exporter.ts'
import { systemClock } from '../../../system/clock.ts'
import type { SourceReading } from '../../source.ts'
import { exporterSource } from './exporter-source.ts'

describe.skipIf(!nodeExporter)(
  'a real node_exporter (needs it: apt-get install prometheus-node-exporter)',
  () => {
    let exporter: Awaited<ReturnType<typeof startNodeExporter>>
    let url = ''
    beforeAll(async () => {
      exporter = await startNodeExporter()
      url = exporter.url
    })
    afterAll(() => exporter.stop())

    test('is read whole: every line of a kept kind is a sample, and none is odd', async () => {
      const options = { name: 'node', url, intervalMs: 1000, maxSeries: 10_000, clock: systemClock(), fetch }
      const { samples, described, skipped } = (await exporterSource(options).read()) as SourceReading
      const text = await (await fetch(url)).text()
      const kept = text
        .split('\n')
        .filter((line) => line !== '' && !/^#|_bucket\{|quantile="| (NaN|[+-]Inf)$/.test(line))
      // A scrape that takes long by itself may show a device or a state that the other did not.
      expect(Math.abs(samples.length - kept.length)).toBeLessThan(10)
      expect(samples.length).toBeGreaterThan(200)
      expect(skipped).toBe(0)
      expect(described?.find(({ name }) => name === 'node_cpu_seconds_total')).toMatchObject({
        kind: 'counter',
        unit: 's',
        description: 'Seconds the CPUs spent in each mode.',
      })
    })

    test('says what the machine itself says', async () => {
      const metrics = ['node_memory_MemTotal_bytes', 'node_uname_info', 'node_load*']
      const options = { name: 'node', url, intervalMs: 1000, metrics, clock: systemClock(), fetch }
      const { samples } = (await exporterSource(options).read()) as SourceReading
      const find = (name: string) => samples.find((sample) => sample.name === name)
      expect(find('node_memory_MemTotal_bytes')?.value).toBe(totalmem())
      expect(find('node_uname_info')?.attributes).toMatchObject({ exporter: 'node', release: release() })
      expect(samples.filter(({ name }) => name.startsWith('node_load'))).toHaveLength(3)
    })
  },
)
