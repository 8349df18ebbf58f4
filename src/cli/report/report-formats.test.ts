import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReportDocument, TimeChart } from './document.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'
import { changeRow, formatKnown, formatMoney } from './report-text.ts'
import { svgChart } from './svg-chart.ts'

const documentOf = (texts: readonly string[]): ReportDocument => ({
  title: 'Report',
  subtitle: 'of tests',
  sections: [
    {
      title: 'Texts',
      table: {
        columns: texts.map((_, index) => ({ title: `C${index}` })),
        rows: [texts.map((stored) => ({ stored }))],
      },
    },
  ],
})

const nasty = [
  '|',
  '\\',
  '`',
  '``',
  '<b>',
  '&amp;',
  '"',
  "'",
  '\n',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  ' ',
  'a',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...nasty), { minLength: 1, maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const plain = (stored: string) => stored.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')

/** As cmark-gfm cuts a row: a backslash takes the punctuation after it along. */
function cellsOf(row: string): string[] {
  const cells = row.slice(1).match(/(?:\\[!-/:-@[-`{-~]|[^|])+/g) ?? []
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** What a code span that takes up a whole cell shows (CommonMark 0.31, 6.1). */
function codeOf(cell: string): string | undefined {
  const [, fence = '', inner = ''] = /^(`+)(.*?[^`])\1$/.exec(cell) ?? []
  if (fence === '' || inner.match(/`+/g)?.includes(fence)) return undefined
  return inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '' ? inner.slice(1, -1) : inner
}

describe('Markdown', () => {
  test('shows every stored text as code in a cell of its own', () => {
    // A space may stand between a backslash and a bar.
    const joined = (value: string) =>
      value
        .replace(/\s+/g, ' ')
        .trim()
        .replace(/\\ +(?=\|)/g, '\\')
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        const lines = markdownOf(documentOf(texts)).split('\n')
        expect(lines).toHaveLength(9)
        const cells = cellsOf(lines.at(-1) ?? '')
        expect(cells).toHaveLength(texts.length)
        for (const [index, cell] of cells.entries()) {
          const shown = cell === '-' ? '' : (codeOf(cell) ?? 'no code')
          expect(joined(shown)).toBe(joined(plain(texts[index] ?? '')))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('lines columns up and sets numbers to the right', () => {
    const table = {
      columns: [{ title: 'Name' }, { title: 'Count', isNumber: true }],
      rows: [
        [{ stored: 'wan|2' }, '7'],
        ['all', '1000000'],
      ],
    }
    const sections = [{ title: 'A', note: 'n', table }]
    expect(markdownOf({ title: 'T', subtitle: 's', sections })).toMatchInlineSnapshot(`
      "# T

      s

      ## A

      n

      | Name     |   Count |
      | -------- | ------: |
      | \`wan\\|2\` |       7 |
      | all      | 1000000 |"
    `)
  })
})

describe('HTML', () => {
  test('shows every stored text as text', () => {
    fc.assert(
      fc.property(text, (stored) => {
        const cell = /<bdi>(.*)<\/bdi>/.exec(htmlOf(documentOf([stored])))?.[1] ?? '<no cell>'
        expect(cell).not.toMatch(/[<>"'\p{Cc}\p{Cf}\p{Cs}]|&(?!#\d+;)/u)
        const shown = cell.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        expect(shown).toBe(plain(stored.toWellFormed()))
      }),
      { numRuns: 300 },
    )
  })

  test('allows itself its own style and nothing else', async () => {
    const page = htmlOf(documentOf(['a']))
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? ''
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
    const hash = Buffer.from(digest).toString('base64')
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${hash}';`)
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
    expect(page).not.toMatch(/<(script|link|img|iframe|object)|\sstyle=|\son\w+=|https?:/)
    expect(style).toContain('prefers-color-scheme: dark')
  })
})

const fromMs = Date.UTC(2026, 4, 1)
const stepMs = 3_600_000
const chartOf = (overrides: Partial<TimeChart>): TimeChart => ({
  title: 'Videos <per> hour',
  description: 'What there is.',
  kind: 'lines',
  quantity: { unit: '' },
  fromMs,
  toMs: fromMs + 4 * stepMs,
  stepMs,
  timesMs: [0, 1, 2, 3].map((index) => fromMs + index * stepMs),
  lines: [{ name: 'a', values: [1, 2, null, 4] }],
  ...overrides,
})

describe('a chart', () => {
  test('is told to those who cannot see it, and has axes with labels', () => {
    const svg = svgChart(chartOf({}), 'c')
    expect(svg).toContain('role="img" aria-labelledby="c-title c-text"')
    expect(svg).toContain('<title id="c-title">Videos &#60;per&#62; hour</title>')
    expect(svg).toContain('<desc id="c-text">What there is. The table below has the values.</desc>')
    expect(svg).toMatch(/text-anchor="end">4<\/text>/)
    expect(svg).toMatch(/>0[1-3]:00<\/text>/)
  })

  test('joins values that follow each other, leaves gaps empty, and shows a value alone as a dot', () => {
    const svg = svgChart(chartOf({ most: 4 }), 'c')
    // Steps are 202 wide, from 76 on; the plot is 164 high, down to 208.
    expect(svg).toContain('<path class="line line-1" d="M177 167L379 126M783 44"/>')
    expect(svg).toContain('<circle class="dot dot-1" cx="783" cy="44" r="3"/>')
  })

  test('draws a bar for each step that has a value, as high as it is', () => {
    const svg = svgChart(chartOf({ kind: 'bars', lines: [{ name: 'a', values: [4, 0, null, 2] }] }), 'c')
    const bars = [...svg.matchAll(/class="bar" d="M([\d.]+) 208V([\d.]+)h/g)].map(([, x, y]) => [x, y])
    expect(bars).toEqual([
      ['76', '44'],
      ['682', '126'],
    ])
  })

  test('stays in its frame, whatever the values and the span', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e300, noNaN: true }), { nil: null })
    const drawn = fc.record({
      values: fc.array(value, { minLength: 1, maxLength: 62 }),
      kind: fc.constantFrom('bars' as const, 'lines' as const),
      step: fc.integer({ min: 1, max: 1e12 }),
      unit: fc.constantFrom('', '1', 's'),
    })
    fc.assert(
      fc.property(drawn, ({ values, kind, step, unit }) => {
        const timesMs = values.map((_, index) => fromMs + index * step)
        const toMs = fromMs + values.length * step
        const lines = [{ name: 'a', values }]
        const svg = svgChart(chartOf({ kind, quantity: { unit }, stepMs: step, timesMs, toMs, lines }), 'c')
        expect(svg).not.toMatch(/NaN|Infinity|undefined/)
        for (const [, x, y] of svg.matchAll(/[ML]([-\d.e+]+) ([-\d.e+]+)/g)) {
          expect(Math.abs(Number(x) - 450)).toBeLessThanOrEqual(450)
          expect(Math.abs(Number(y) - 120)).toBeLessThanOrEqual(120)
        }
      }),
    )
  })
})

describe('a figure', () => {
  test.each([
    ['successRate', 0.9, 0.95, ['Success rate', '90.0 %', '95.0 %', '+5.0 points']],
    ['durationP95Ms', 40_000, 30_000, ['Run time, p95', '40.0 s', '30.0 s', '-25.0 %']],
    ['cost', 0, 5, ['Cost', '0 EUR', '5.00 EUR', '-']],
    ['cost', null, 0.0123456, ['Cost', '-', '0.01235 EUR', '-']],
    ['alertsFired', 0, 0, ['Alerts fired', '0', '0', '0.0 %']],
    ['gpuSecondsPerUsableSecond', 10, 10, ['GPU time per usable second', '10.0 s', '10.0 s', '0.0 %']],
  ] as const)('%s changes from %s to %s', (figure, before, after, row) => {
    expect(changeRow({ figure, before, after }, 'EUR')).toEqual(row)
  })

  test('says of how many an amount is known', () => {
    const format = (total: number) => formatMoney(total, '<EUR>\u001b')
    expect(formatKnown({ total: 2, known: 3 }, 3, format)).toBe('2.00 EUR')
    expect(formatKnown({ total: 2, known: 1 }, 3, format)).toBe('2.00 EUR (known of 1 of 3)')
    expect(formatKnown({ total: 0, known: 0 }, 3, format)).toBe('-')
  })
})
