/** `npm run bench -- NAME [--json] [--quick]`: runs one benchmark against its peers. */
import { parseArgs } from 'node:util'
import { type Benchmark, measure, type Report } from './measure.ts'
import { installPeers } from './peers.ts'

/** Adding a benchmark is one file and one line here. */
const benchmarks: Readonly<Record<string, () => Promise<{ readonly benchmark: Benchmark }>>> = {
  collect: () => import('./collect.ts'),
  quality: () => import('./quality.ts'),
  store: () => import('./store.ts'),
  tracking: () => import('./tracking.ts'),
}

function printTable({ results, ratios, goals, machine, node }: Report, about: string): void {
  console.log(`${about}\n${machine}, Node ${node}\n`)
  const number = (value: number) => (value >= 1000 ? String(Math.round(value)) : value.toPrecision(3))
  for (const { subject, metric, unit, median, min, max, runs } of results) {
    const range = `${number(min)} to ${number(max)}, ${runs} runs`
    console.log(
      `${subject.padEnd(16)} ${metric.padEnd(22)} ${number(median).padStart(8)} ${unit.padEnd(4)} (${range})`,
    )
  }
  console.log('')
  for (const { metric, peer, ratio } of ratios) console.log(`${metric}: ${ratio} x ${peer}`)
  if (goals.length > 0) console.log('')
  for (const { metric, goal, measured, met } of goals) {
    const verdict = met === null ? 'not measured' : `${met ? 'met' : 'MISSED'}, ${measured}`
    console.log(`${metric}, ${goal}: ${verdict}`)
  }
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
})
const load = benchmarks[positionals[0] ?? '']
if (!load) {
  console.error(
    `Usage: npm run bench -- NAME [--json] [--quick], with NAME one of: ${Object.keys(benchmarks).join(', ')}`,
  )
  process.exit(2)
}
if (!installPeers()) console.error('The peers could not be installed: their ratios are left out.')
const { benchmark } = await load()
const report = await measure(benchmark, values.quick)
if (values.json) console.log(JSON.stringify(report))
else printTable(report, benchmark.about)
