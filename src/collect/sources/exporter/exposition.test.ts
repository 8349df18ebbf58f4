import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exposedKind } from './exposed-kind.ts'
import { ExpositionParser, parseExposition } from './exposition.ts'
import type { ExposedSample } from './exposition-line.ts'

const sampleOf = (line: string) => parseExposition(line).samples[0]

/** The example of the format's own page. */
const example = String.raw`
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.99"} 76656
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`

describe('the text format', () => {
  test('is read as its own page writes it', () => {
    const { samples, families, badLines } = parseExposition(example)
    expect(badLines).toBe(0)
    expect(families.get('http_requests_total')).toEqual({
      type: 'counter',
      help: 'The total number of HTTP requests.',
    })
    expect(samples).toEqual([
      { name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
      { name: 'http_requests_total', labels: { method: 'post', code: '400' }, value: 3 },
      {
        name: 'msdos_file_access_time_seconds',
        labels: { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' },
        value: 1458255915,
      },
      { name: 'metric_without_timestamp_and_labels', labels: {}, value: 12.47 },
      { name: 'something_weird', labels: { problem: 'division by zero' }, value: Number.POSITIVE_INFINITY },
      { name: 'rpc_duration_seconds', labels: { quantile: '0.99' }, value: 76656 },
      { name: 'rpc_duration_seconds_sum', labels: {}, value: 17560473 },
      { name: 'rpc_duration_seconds_count', labels: {}, value: 2693 },
    ])
  })

  test.each([
    ['not a number', 'a NaN', Number.NaN],
    ['not a number, as some write it', 'a Nan', Number.NaN],
    ['infinity without a sign', 'a Inf', Number.POSITIVE_INFINITY],
    ['infinity below zero', 'a -Inf', Number.NEGATIVE_INFINITY],
    ['a number without digits before the point', 'a -.5', -0.5],
    ['a number without digits behind the point', 'a 5.', 5],
    ['an exponent', 'a 1E+3', 1000],
  ])('knows %s', (_, line, value) => {
    expect(sampleOf(line)?.value).toBe(value)
  })

  test.each([
    ['tabs and many blanks', '\t a \t{ x = "1" ,\ty="2" , } \t 3 \t 17 \t'],
    ['a carriage return before the line feed', 'a{x="1",y="2"} 3\r\n'],
    ['no blank before the value', 'a{x="1",y="2"}3'],
    ['an exemplar', 'a{x="1",y="2"} 3 17.5 # {trace_id="KOO5S4vxi0o"} 0.67'],
  ])('allows %s', (_, text) => {
    const { samples, badLines } = parseExposition(text)
    expect({ samples, badLines }).toEqual({
      samples: [{ name: 'a', labels: { x: '1', y: '2' }, value: 3 }],
      badLines: 0,
    })
  })

  test('keeps both characters of an escape it does not know', () => {
    expect(sampleOf(String.raw`a{x="\d\\\"\n"} 1`)?.labels).toEqual({ x: '\\d\\"\n' })
  })

  test.each([
    ['no name', '{x="1"} 1', 'no metric name'],
    ['a name with a dot', 'a.b 1', 'an odd character in the metric name'],
    ['no value', 'a', 'no value'],
    ['no value behind labels', 'a{x="1"}', 'no value'],
    ['text for a value', 'a one', 'the value is no number'],
    ['a hexadecimal value, which Prometheus does not read', 'a 0x10', 'the value is no number'],
    ['a value past all doubles', 'a 1e999', 'the value is no number'],
    ['a label cut short', 'a{x="1', 'a label value without an end'],
    ['a label without quotes', 'a{x=1} 1', 'a label without a quoted value'],
    ['labels without an end', 'a{x="1" 1', 'labels without an end'],
    ['two labels of one name', 'a{x="1",x="2"} 1', 'a label name twice, or one that is reserved'],
    [
      'a label that would change the object',
      'a{__proto__="1"} 1',
      'a label name twice, or one that is reserved',
    ],
    ['two commas', 'a{x="1",,} 1', 'no label name'],
    ['text behind the value', 'a 1 soon', 'something odd behind the value'],
    ['a second TYPE', '# TYPE a gauge\n# TYPE a counter', 'a second TYPE for one metric'],
    ['a TYPE that is none', '# TYPE a speed', 'TYPE of no known type'],
    ['a TYPE of nothing', '# TYPE', 'TYPE without a metric name'],
    ['a page of HTML', '<!doctype html>', 'no metric name'],
  ])('counts %s, says why, and goes on', (_, line, reason) => {
    const { samples, badLines, firstBadLine } = parseExposition(`ok 1\n${line}\nok 2\n`)
    expect(samples.map(({ value }) => value)).toEqual([1, 2])
    expect(badLines).toBe(1)
    expect(firstBadLine?.reason).toBe(reason)
  })

  test('names the first bad line alone, by number and by how it begins', () => {
    const { firstBadLine } = parseExposition(`ok 1\n\n"\u0007${'x'.repeat(200)}\n?`)
    expect(firstBadLine).toEqual({ line: 3, reason: 'no metric name', text: `" ${'x'.repeat(78)}` })
  })

  test('holds no line without an end, and reads on behind it', () => {
    const samples: ExposedSample[] = []
    const parser = new ExpositionParser({ onSample: (sample) => samples.push(sample) })
    parser.push('a{x="')
    for (let piece = 0; piece < 50; piece++) parser.push('y'.repeat(10_000))
    parser.push('"} 1\nb 2')
    parser.end()
    expect(samples).toEqual([{ name: 'b', labels: {}, value: 2 }])
    expect(parser.badLines).toBe(1)
    expect(parser.firstBadLine?.line).toBe(1)
  })

  test('does not read the labels of what nobody wants', () => {
    const samples: ExposedSample[] = []
    const parser = new ExpositionParser({
      wants: (name) => name === 'b',
      onSample: (sample) => samples.push(sample),
    })
    parser.push('a{broken 1\nb 2\n')
    expect(samples).toEqual([{ name: 'b', labels: {}, value: 2 }])
    expect(parser.badLines).toBe(0)
  })
})

describe('OpenMetrics', () => {
  const text = `# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency through \\"all\\" of it.
acme_http_router_request_seconds_sum{path="/api/v1"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1"} 1605281325.0
# TYPE go_goroutines gauge
go_goroutines 69
# TYPE foo counter
foo_total 17.0 1520879607.789 # {id="counter-test"} 5
foo_created 1520430000.123
# TYPE bar histogram
bar_bucket{le="+Inf"} 17 # {id="a"} 0.67
bar_count 17
bar_sum 324789.3
# TYPE baz gaugehistogram
baz_bucket{le="+Inf"} 17
baz_gcount 17
baz_gsum 4
# TYPE build info
build_info{version="8.2.7"} 1
# TYPE state stateset
state{state="on"} 1
# EOF
`

  test('is read as its specification writes it', () => {
    const parser = new ExpositionParser({ onSample: () => {} })
    parser.push(text)
    expect(parser.badLines).toBe(0)
    expect(parser.hasEnd).toBe(true)
    expect(parser.families.get('acme_http_router_request_seconds')).toEqual({
      type: 'summary',
      unit: 'seconds',
      help: 'Latency through "all" of it.',
    })
  })

  test('has counters, gauges, and samples that are left out', () => {
    const { samples, families } = parseExposition(text)
    const kinds = samples.map(({ name }) => [name, exposedKind(name, families)])
    expect(Object.fromEntries(kinds)).toEqual({
      acme_http_router_request_seconds_sum: 'counter',
      acme_http_router_request_seconds_count: 'counter',
      acme_http_router_request_seconds_created: undefined,
      go_goroutines: 'gauge',
      foo_total: 'counter',
      foo_created: undefined,
      bar_bucket: undefined,
      bar_count: 'counter',
      bar_sum: 'counter',
      baz_bucket: undefined,
      baz_gcount: 'gauge',
      baz_gsum: 'gauge',
      build_info: 'gauge',
      state: 'gauge',
    })
  })
})

test.each([
  ['a quantile of a summary', 'summary', 'a', 'a', undefined],
  ['a metric that is not declared', 'gauge', 'b', 'a', 'gauge'],
  ['a metric that is not declared and counts by its name', 'gauge', 'b', 'a_total', 'counter'],
  ['an untyped metric', 'untyped', 'a', 'a', 'gauge'],
  ['a gauge that ends like a counter', 'gauge', 'a_total', 'a_total', 'gauge'],
  ['a gauge that ends like the sum of something', 'gauge', 'a_sum', 'a_sum', 'gauge'],
  ['a bucket without a histogram', 'gauge', 'b', 'a_bucket', 'gauge'],
  ['a moment of beginning, as text clients write it', 'counter', 'a_total', 'a_created', undefined],
  ['a gauge of a moment of beginning', 'gauge', 'a_created', 'a_created', 'gauge'],
] as const)('%s has its kind', (_, type, family, name, kind) => {
  expect(exposedKind(name, new Map([[family, { type }]]))).toBe(kind)
})

describe('for all texts', () => {
  const nameArbitrary = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/)
  const labelArbitrary = fc
    .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/)
    .filter((name) => name !== '__proto__')
  const valueArbitrary = fc.oneof(
    fc.double().filter((value) => !Object.is(value, -0)),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  )
  const sampleArbitrary = fc.record({
    name: nameArbitrary,
    labels: fc.dictionary(labelArbitrary, fc.string({ unit: 'binary' }), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
    value: valueArbitrary,
  })
  const styleArbitrary = fc.record({
    blank: fc.constantFrom(' ', '\t', '  '),
    end: fc.constantFrom('\n', '\r\n', '\n\n', '\n# comment\n'),
    trailingComma: fc.boolean(),
    timestamp: fc.option(fc.integer(), { nil: undefined }),
  })
  type Style = typeof styleArbitrary extends fc.Arbitrary<infer T> ? T : never

  const quoted = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  const write = ({ name, labels, value }: ExposedSample, { blank, end, trailingComma, timestamp }: Style) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`)
    const inner = pairs.join(`,${blank}`) + (trailingComma && pairs.length > 0 ? ',' : '')
    const number = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'
    const behind = timestamp === undefined ? '' : `${blank}${timestamp}`
    return `${name}${pairs.length > 0 ? `{${inner}}` : ''}${blank}${number}${behind}${end}`
  }

  test('what was written is what is read, however it is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sampleArbitrary, styleArbitrary), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (written, pieceLength) => {
          const text = written.map(([sample, style]) => write(sample, style)).join('')
          const read: ExposedSample[] = []
          const parser = new ExpositionParser({ onSample: (sample) => read.push(sample) })
          for (let at = 0; at < text.length; at += pieceLength) parser.push(text.slice(at, at + pieceLength))
          parser.end()
          expect(parser.firstBadLine).toBeUndefined()
          expect(read).toEqual(written.map(([sample]) => sample))
        },
      ),
    )
  })

  test('nothing throws, and no sample lacks a name or a number', () => {
    const pieces = fc.constantFrom(
      ...'{}="\\#,\n\r \t',
      'a',
      '1',
      '# TYPE a',
      'counter',
      'x="1"',
      'NaN',
      '\u2028',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (text) => {
          for (const { name, value } of parseExposition(text).samples) {
            expect(name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
            expect(value).toBeTypeOf('number')
          }
        },
      ),
    )
  })

  test('no bytes throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseExposition(bytes)))
  })
})

const data = join(import.meta.dirname, '../../../../../shared/data')

describe.skipIf(!existsSync(data))('real expositions (of the folder `shared` beside the repository)', () => {
  const captures = 'gpu-fixtures/nvidia-captures'
  const files = existsSync(join(data, captures)) ? readdirSync(join(data, captures)) : []
  const expositions = files.filter((name) => name.endsWith('.metrics')).map((name) => join(captures, name))
  test.each(['proc-fixtures/node_exporter/e2e-output.txt', ...expositions])(
    'every line of %s is read',
    (path) => {
      const bytes = readFileSync(join(data, path))
      const lines = bytes
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      const { samples, badLines } = parseExposition(bytes)
      expect(badLines).toBe(0)
      expect(samples).toHaveLength(lines.length)
      expect(lines.length).toBeGreaterThan(50)
    },
  )
})
