/** `framewatch metrics` on a store of series that are known. */
import { expect, test } from 'vitest'
import { main } from '../src/cli/main.ts'
import type { Sample } from '../src/index.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { temporaryDirectory } from './support/service-process.ts'

const fromMs = Date.UTC(2026, 4, 1, 12)
const stepMs = 10_000
const from = '2026-05-01T12:00:00Z'
const to = '2026-05-01T13:00:00Z'

/** An hour of ticks, ten minutes of it missing; the counter starts again when they are over. */
async function knownStore(samplesOf: (index: number) => readonly Sample[] = known): Promise<string> {
  const baseDir = temporaryDirectory()
  const store = await openSqliteStore({ baseDir })
  for (let index = 0; index <= 360; index++) {
    const samples = samplesOf(index)
    if (samples.length > 0) await store.write({ tick: { timestampMs: fromMs + index * stepMs, samples } })
  }
  await store.close()
  return baseDir
}

function known(index: number): readonly Sample[] {
  if (index > 120 && index < 180) return []
  const counted = index <= 120 ? index * 1000 : (index - 180) * 1000
  return [
    { name: 'test.sine', attributes: { half: 'a' }, value: 5 + 4 * Math.sin(index / 30) },
    { name: 'test.sine', attributes: { half: 'b' }, value: 5 },
    { name: 'system.memory.utilization', attributes: {}, value: 0.2 + index / 720 },
    { name: 'test.requests_total', attributes: {}, value: counted },
  ]
}

async function run(baseDir: string, args: readonly string[], terminal: object = {}) {
  const out: string[] = []
  const errors: string[] = []
  const code = await main(['node', 'framewatch', 'metrics', ...args, '--base-dir', baseDir], {
    out: (text) => void out.push(text),
    write: async (chunk) => void out.push(String(chunk)),
    error: (text) => void errors.push(text),
    ...terminal,
  })
  return { code, out: out.join('\n'), error: errors.join('\n') }
}

const hour = ['--since', from, '--until', to]

test('shows a ramp with its gap, its statistics and its slope', async () => {
  const { out } = await run(await knownStore(), ['show', 'system.memory.utilization', ...hour])
  expect(`\n${out}\n`).toMatchInlineSnapshot(`
    "
    system.memory.utilization  Share of memory that programs cannot get without swapping: 1 - available / limit.
    gauge, 2026-05-01T12:00:00Z to 2026-05-01T13:00:00Z

    80 % ┤
         │                                                                   ⣀⣀⣀⡤⠤⠤⠒
    60 % ┤                                                       ⢀⣀⣀⣠⠤⠤⠔⠒⠒⠊⠉⠉⠁
         │                                            ⢀⣀⣀⡤⠤⠤⠖⠒⠒⠉⠉⠉
         │                                     ⠤⠴⠒⠒⠚⠉⠉⠉
    40 % ┤                     ⢀⣀⣀⡤
         │          ⣀⣀⣀⠤⠤⠴⠒⠒⠚⠉⠉⠁
    20 % ┤⣀⡠⠤⠤⠖⠒⠒⠋⠉⠉
         └┬───────────┬───────────┬────────────┬───────────┬───────────┬───────────┬
          12:00     12:10       12:20        12:30       12:40       12:50     13:00
    LAST  MIN   MEAN     MAX   P50     P95      P99
    70 %  20 %  45.81 %  70 %  49.1 %  67.91 %  69.58 %
    TREND  +50 %/h ± 0
    "
  `)
})

test('shows a counter as its rate, with no rate over the gap and the restart', async () => {
  const { out } = await run(await knownStore(), ['show', 'test.requests_total', ...hour])
  expect(`\n${out}\n`).toMatchInlineSnapshot(`
    "
    test.requests_total
    rate of a counter, 2026-05-01T12:00:00Z to 2026-05-01T13:00:00Z

    110/s ┤
          │
    105/s ┤
    100/s ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀           ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
          │
     95/s ┤
          │
     90/s ┤
          └┬───────────┬───────────┬───────────┬───────────┬───────────┬───────────┬
           12:00     12:10       12:20       12:30       12:40       12:50     13:00
    LAST   INCREASE  MIN    MEAN   MAX    P50    P95    P99
    180 k  300 k     100/s  100/s  100/s  100/s  100/s  100/s
    TREND  no significant trend
    "
  `)
})

test('shows each series, or those that are chosen, as wide as the terminal', async () => {
  const baseDir = await knownStore()
  const all = await run(baseDir, ['show', 'test.sine', ...hour], { columns: 50 })
  expect(all.out).toContain('half="a"')
  expect(all.out).toContain('half="b"')
  expect(
    Math.max(
      ...all.out
        .split('\n')
        .filter((line) => line.includes('─'))
        .map((line) => line.length),
    ),
  ).toBe(50)
  const chosen = await run(baseDir, ['show', 'test.sine', ...hour, '--where', 'half=a'])
  expect(chosen.out).not.toContain('half="b"')
  expect((await run(baseDir, ['show', 'test.sine', ...hour, '--where', 'half='])).error).toContain(
    'No values',
  )
})

test('gives the summaries and the points of the charts as JSON', async () => {
  const { out } = await run(await knownStore(), ['show', 'test.requests_total', ...hour, '--json'])
  const [series] = JSON.parse(out)
  expect(series).toMatchObject({
    kind: 'counter',
    resolutionSeconds: 0,
    count: 302,
    last: 180_000,
    lastTimestampMs: fromMs + 3_600_000,
    min: 100,
    max: 100,
    mean: 100,
    increase: 300_000,
    trend: { slopePerHour: 0, isSignificant: false },
  })
  expect(series.points).toHaveLength(101)
  expect(series.points[0]).toEqual({ timestampMs: fromMs + 15_000, min: 100, mean: 100, max: 100 })
})

test('lists all series in one table without charts', async () => {
  const { out } = await run(await knownStore(), ['show', 'test.sine', ...hour, '--no-chart'])
  expect(out.split('\n').slice(3)[0]).toMatch(/^SERIES +LAST +MIN +MEAN +MAX +P50 +P95 +P99 +TREND +AT$/)
  expect(out).not.toMatch(/[\u2800-\u28ff]/)
})

test('draws at most eight charts, of the series that vary most, and says how to choose others', async () => {
  const cores = (index: number) =>
    Array.from({ length: 11 }, (_, core) => ({
      name: 'test.cores',
      attributes: { core: String(core) },
      value: core * Math.sin(index),
    }))
  const { out } = await run(await knownStore(cores), ['show', 'test.cores', ...hour])
  expect(out.match(/^TREND/gm)).toHaveLength(8)
  expect(out).not.toContain('core="2"')
  expect(out).toContain('3 more series vary less; choose with --where core=…')
})

test('uses colours where the terminal has them, and nowhere lets a stored text drive it', async () => {
  const baseDir = await knownStore((index) => [
    { name: 'test.evil', attributes: { name: '\u001b[2Jx' }, value: index },
  ])
  const plain = await run(baseDir, ['show', 'test.evil', ...hour])
  expect(plain.out).not.toContain('\u001b')
  const coloured = await run(baseDir, ['show', 'test.evil', ...hour], { hasColour: true })
  const cyan = ['\u001b[36m', '\u001b[39m']
  expect(cyan.reduce((text, code) => text.replaceAll(code, ''), coloured.out)).toBe(plain.out)
  expect(coloured.out).toContain('\u001b[36m')
})

test('suggests the names that were meant, and lists those that hold a text', async () => {
  const baseDir = await knownStore()
  const { code, error } = await run(baseDir, ['show', 'test.sin'])
  expect(code).toBe(1)
  expect(error).toContain('METRIC_NOT_FOUND No metric "test.sin" is stored (did you mean "test.sine"?)')
  const names = async (filter: string) =>
    JSON.parse((await run(baseDir, ['list', filter, '--json'])).out).map(({ name }: Sample) => name)
  expect(await names('test.')).toEqual(['test.requests_total', 'test.sine'])
  expect(await names('*_total')).toEqual(['test.requests_total'])
  expect(await names('system.*.util*')).toEqual(['system.memory.utilization'])
  expect(await names('system.*.sine')).toEqual([])
})

test.each([
  ['a beginning after the end', ['--since', to, '--until', from], "'--since'"],
  ['two beginnings', ['--since', '1h', '--window', '60'], 'cannot be used with'],
  ['an attribute without a value', ['--where', 'core'], 'Expected key=value'],
  ['a time that is none', ['--since', 'yesterday'], 'Expected a time'],
])('refuses %s', async (_, args, message) => {
  const { code, error } = await run(temporaryDirectory(), ['show', 'test.sine', ...args])
  expect(code).toBe(2)
  expect(error).toContain(message)
})
