/** Renders clean clips into a folder: `node bench/quality/render.ts --seed 1 --count 400 --dir DIR`. */
import { parseArgs } from 'node:util'
import { defaultFolder, renderAll } from './corpus/cache.ts'
import { cleanClips } from './corpus/clips.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '400' },
    dir: { type: 'string', default: defaultFolder },
    kind: { type: 'string' },
    half: { type: 'string' },
    parallel: { type: 'string', default: '1' },
  },
})

const { kind, half } = values
const specs = cleanClips(Number(values.seed), Number(values.count)).filter(
  (spec) => (kind === undefined || spec.kind === kind) && (half === undefined || spec.half === half),
)
if (specs.length === 0) throw new Error(`No clip of kind "${kind ?? 'any'}" and half "${half ?? 'any'}"`)

const startedMs = performance.now()
await renderAll(specs, {
  folder: values.dir,
  parallel: Number(values.parallel),
  onClip: ({ spec }, isNew, done) => {
    const { id, width, height, fps, seconds, encoding } = spec
    const passed = ((performance.now() - startedMs) / 1000).toFixed(0)
    const what = `${width}x${height} ${fps} fps ${seconds.toFixed(1)} s ${encoding.codec}`
    console.log(`${done}/${specs.length} ${passed} s  ${id}  ${what}${isNew ? '' : '  (was there)'}`)
  },
})
console.log(values.dir)
