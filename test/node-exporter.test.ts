/** Our numbers beside those of node_exporter on its own fixtures of /proc and /sys (Apache-2.0, see the data's licence). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAbsent } from '../src/collect/source.ts'
import { defaultSourceSettings } from '../src/collect/source-options.ts'
import { hostSources } from '../src/collect/sources.ts'
import { type Sample, seriesKey } from '../src/model/sample.ts'
import { copyTree, type KernelTree, kernelTree } from './support/kernel-tree.ts'
import { manualClock } from './support/manual-clock.ts'
import { pairs, physicalDisks } from './support/node-exporter-pairs.ts'

const fixtures = join(import.meta.dirname, '../../shared/data/proc-fixtures/node_exporter')

/** Links were stored as files that hold their target. */
function fixtureSys(): KernelTree {
  const sys = kernelTree()
  const isLink = (path: string) =>
    /^sys\/class\/(hwmon|thermal)\/[^/]+$/.test(path) || /\/hwmon\d+\/device$/.test(path)
  for (const part of ['class/hwmon', 'class/thermal', 'class/powercap', 'devices'])
    copyTree(fixtures, sys, isLink, `sys/${part}`)
  sys.write(Object.fromEntries(physicalDisks.map((name) => [`sys/block/${name}/device`, undefined])))
  return sys
}

async function ourSamples(sysRoot: string): Promise<readonly Sample[]> {
  const sources = hostSources({
    platform: 'linux',
    clock: manualClock(),
    settings: {
      ...defaultSourceSettings,
      procRoot: join(fixtures, 'proc'),
      sysRoot,
      off: ['gpu', 'runtime', 'clock-offset', 'process'],
    },
    readRuntime: () => ({ eventLoopDelayMaxMs: 0, rssBytes: 0 }),
  })
  const samples: Sample[] = []
  for (const source of sources) {
    const answer = await source.read()
    if (!isAbsent(answer)) samples.push(...answer.samples)
    await source.close?.()
  }
  return samples
}

describe.skipIf(!existsSync(fixtures))('beside node_exporter (needs its fixtures in ../shared)', () => {
  let sys: KernelTree
  let ours: ReadonlyMap<string, number>
  let theirs: readonly { name: string; labels: Readonly<Record<string, string>>; value: number }[]

  beforeAll(async () => {
    sys = fixtureSys()
    const known = new Set(pairs.filter(({ note }) => note?.includes('hw.id')).map(({ ours: name }) => name))
    ours = new Map(
      (await ourSamples(join(sys.root, 'sys'))).map(({ name, attributes, value }) => {
        const id = attributes['hw.id']
        return [seriesKey({ name, attributes: known.has(name) && id ? { 'hw.id': id } : attributes }), value]
      }),
    )
    theirs = parseGolden(readFileSync(join(fixtures, 'e2e-output.txt'), 'utf8'))
  })
  afterAll(() => sys?.remove())

  /** Every series that both have, by both of its names. */
  const compared = () =>
    pairs.flatMap((pair) =>
      theirs
        .filter(({ name }) => name === pair.theirs)
        .flatMap(({ labels, value }) => {
          const attributes = pair.attributes ? pair.attributes(labels) : {}
          const key = attributes && seriesKey({ name: pair.ours, attributes })
          return key === undefined ? [] : [{ theirs: `${pair.theirs} ${JSON.stringify(labels)}`, key, value }]
        }),
    )

  test('has the same value for every series that both have', () => {
    const all = compared()
    expect(all.length).toBeGreaterThanOrEqual(250)
    const told = all.map(({ theirs: their, key, value }) => [their, key, rounded(key, ours.get(key)), value])
    expect(told).toEqual(all.map(({ theirs: their, key, value }) => [their, key, value, value]))
  })

  test('has every series of the metrics that are in the table, and no other', () => {
    const names = new Set(pairs.map((pair) => pair.ours))
    const both = new Set(compared().map(({ key }) => key))
    const only = [...ours.keys()].filter((key) => names.has(key.replace(/\{.*/s, '')) && !both.has(key))
    expect(only.toSorted()).toEqual(oursAlone)
    for (const { theirs: name } of pairs) expect(theirs.map((their) => their.name)).toContain(name)
  })

  test('adds up to what node_exporter gives as a sum', () => {
    const golden = (name: string) => theirs.find((their) => their.name === name)?.value ?? Number.NaN
    const state = (name: string) =>
      ours.get(`system.memory.usage{system.memory.state="${name}"}`) ?? Number.NaN
    expect(state('cached')).toBe(
      golden('node_memory_Cached_bytes') + golden('node_memory_SReclaimable_bytes'),
    )
    expect(state('used') + state('free') + state('buffers') + state('cached')).toBe(
      golden('node_memory_MemTotal_bytes'),
    )
    const faults = (type: string) => ours.get(`system.paging.faults{system.paging.fault.type="${type}"}`) ?? 0
    expect(faults('major') + faults('minor')).toBe(golden('node_vmstat_pgfault'))
    const swap = golden('node_memory_SwapTotal_bytes')
    expect(ours.get('system.paging.usage{system.paging.state="used"}')).toBe(
      swap - golden('node_memory_SwapFree_bytes'),
    )
  })
})

/** node_exporter gives sums of these, or nothing where there is none. */
const oursAlone = [
  ...['cached', 'used'].map((state) => `system.memory.usage{system.memory.state="${state}"}`),
  'system.paging.faults{system.paging.fault.type="minor"}',
  'system.paging.usage{system.paging.state="used"}',
  ...['blocked', 'defunct', 'other', 'running', 'stopped'].map(
    (status) => `system.process.count{system.process.status="${status}"}`,
  ),
]

const diskTime = /^system\.(disk\.(operation_time|io_time|weighted_io_time)|linux\.disk\.flush_time)/

/** As node_exporter rounds: stall times are divided by a thousand twice, milliseconds of disks multiplied by 0.001. */
function rounded(key: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined
  if (key.startsWith('system.linux.pressure.stall_time')) return (value * 1e6) / 1000 / 1000
  return diskTime.test(key) ? Math.round(value * 1000) * 0.001 : value
}

function parseGolden(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^([a-zA-Z_0-9:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      const told = [...labels.matchAll(/([a-z_A-Z0-9]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label, text = '']) => [label, text],
      )
      return { name, labels: Object.fromEntries(told) as Record<string, string>, value: Number(value) }
    })
}
