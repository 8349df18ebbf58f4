/**
 * How well defects are found: `node bench/quality/accuracy.ts --dir DIR [--seed 1] [--clean 400] [--per-type 50]
 * [--half tune|test|both] [--type T] [--json] [--quick] [--render] [--results FILE] [--checker MODULE]`.
 *
 * Makes the clips that are missing in DIR, checks each, and prints a table of what was found and what was imagined.
 * Exits with 1 when a type is found in less than 98 % of its clips, or more than one clean clip in 200 is called defective.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type DefectType,
  defectTypes,
  type QualityExpectations,
  type QualityReport,
} from '../../src/model/quality.ts'
import { fileOf, recipesOf } from './cases.ts'
import { markdownOf, type Result, scoreOf } from './score.ts'

/** What a checker module exports. */
interface Checker {
  analyzeVideo(
    path: string,
    expectations?: QualityExpectations,
    profile?: string,
    options?: { readonly budgetMs: number },
  ): Promise<QualityReport>
}

/** Clips are painted on the thread that measures others: what is measured here is not whether there is time for it. */
const budgetMs = 120_000
/** Clips that are made or checked at once. */
const parallel = 2

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    seed: { type: 'string', default: '1' },
    clean: { type: 'string' },
    'per-type': { type: 'string' },
    half: { type: 'string', default: 'both' },
    type: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    // A few clips of each: to see that it runs.
    quick: { type: 'boolean', default: false },
    // Makes the clips, and checks none.
    render: { type: 'boolean', default: false },
    results: { type: 'string' },
    checker: { type: 'string', default: join(import.meta.dirname, '../../src/quality/analyze.ts') },
  },
})

const folder = values.dir
if (!folder) {
  console.error('Usage: node bench/quality/accuracy.ts --dir DIR [--half tune|test|both] [--type T] [--json]')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
const started = performance.now()
const results = await runAll(folder)
if (!values.render) {
  writeFileSync(
    values.results ?? join(folder, 'results.jsonl'),
    results.map((result) => `${JSON.stringify(result)}\n`).join(''),
  )
  const score = scoreOf(results)
  console.log(values.json ? JSON.stringify(score) : markdownOf(score))
  process.exitCode = score.passed ? 0 : 1
}

async function runAll(dir: string): Promise<readonly Result[]> {
  const types = values.type?.map(typeOf)
  const recipes = recipesOf(dir, {
    seed: Number(values.seed),
    clean: Number(values.clean ?? (values.quick ? 20 : 400)),
    perType: Number(values['per-type'] ?? (values.quick ? 3 : 50)),
    halves: values.half === 'tune' || values.half === 'test' ? [values.half] : ['tune', 'test'],
    ...(types && { types }),
  })
  // The checker is loaded by path, so that any other can be tried on the same clips.
  const checker = values.render ? undefined : ((await import(resolve(values.checker))) as Checker)
  const done: Result[] = []
  const waiting = recipes.values()
  let count = 0
  const work = async (): Promise<void> => {
    for (const recipe of waiting) {
      const { subject, path, expectations } = await fileOf(dir, recipe)
      if (checker)
        done.push({
          subject,
          report: await checker.analyzeVideo(path, expectations, subject.profile, { budgetMs }),
        })
      count++
      if (count % 50 === 0 || count === recipes.length) {
        console.error(
          `${count}/${recipes.length} after ${((performance.now() - started) / 1000).toFixed(0)} s`,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return done.sort((one, other) => (one.subject.id < other.subject.id ? -1 : 1))
}

function typeOf(text: string): DefectType {
  const type = defectTypes.find((one) => one === text)
  if (!type) throw new Error(`"${text}" is no type of defect; there are: ${defectTypes.join(', ')}`)
  return type
}
