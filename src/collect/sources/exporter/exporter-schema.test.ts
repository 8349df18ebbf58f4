import { describe, expect, test } from 'vitest'
import { parseOptions } from '../../../config/validate.ts'
import { isFramewatchError } from '../../../model/errors.ts'
import { exporterSchema, exportersSchema } from './exporter-schema.ts'

const label = 'options'
const good = { name: 'dcgm', url: 'http://127.0.0.1:9400/metrics' }

function complaintOf(value: unknown): { message: string; key: unknown; all: string } {
  try {
    parseOptions(exportersSchema(), value, { label })
  } catch (error) {
    if (!isFramewatchError(error, 'CONFIG_INVALID')) throw error
    return { message: error.message, key: error.details['key'], all: JSON.stringify(error.toPlain()) }
  }
  throw new Error('no complaint')
}

describe('an exporter in the configuration', () => {
  test('needs a name and an address, and has defaults for the rest', () => {
    expect(parseOptions(exporterSchema(), good, { label })).toEqual({
      ...good,
      interval: 30,
      timeout: 3,
      maxSeries: 1000,
    })
  })

  test('may have everything', () => {
    const whole = {
      ...good,
      interval: 1,
      timeout: 0.5,
      metrics: ['DCGM_FI_*', 'node_load1'],
      headers: { Authorization: 'Bearer abcdefgh' },
      maxSeries: 10_000,
    }
    expect(parseOptions(exporterSchema(), whole, { label })).toEqual(whole)
  })

  test.each([
    ['no name', { url: good.url }, '[0].name'],
    ['a name with capitals', { ...good, name: 'DCGM' }, '[0].name'],
    ['too long a name', { ...good, name: 'a'.repeat(33) }, '[0].name'],
    ['no address', { name: 'dcgm' }, '[0].url'],
    ['an address that is none', { ...good, url: 'localhost' }, '[0].url'],
    ['an address of a file', { ...good, url: 'file:///etc/passwd' }, '[0].url'],
    ['too short an interval', { ...good, interval: 0.5 }, '[0].interval'],
    ['too long a timeout', { ...good, timeout: 31 }, '[0].timeout'],
    ['an empty list of metrics', { ...good, metrics: [] }, '[0].metrics'],
    ['a metric with a question mark', { ...good, metrics: ['a?'] }, '[0].metrics[0]'],
    ['a header whose name is none', { ...good, headers: { 'a b': 'x' } }, '[0].headers.a b'],
    ['a header of the connection', { ...good, headers: { Host: 'x' } }, '[0].headers.Host'],
    ['no series at all', { ...good, maxSeries: 0 }, '[0].maxSeries'],
    ['an unknown key', { ...good, intervall: 3 }, '[0].intervall'],
  ])('is refused with %s, and the key is named', (_, exporter, key) => {
    expect(complaintOf([exporter]).key).toBe(key)
  })

  test('has a name that no other has', () => {
    const { key, message } = complaintOf([good, { ...good, url: 'http://other/metrics' }])
    expect(key).toBe('[1].name')
    expect(message).toContain('"dcgm" is taken')
  })

  test('leaks no secret, whatever is wrong with it', () => {
    const wrong = [
      { ...good, url: 'http://user:hunter2@127.0.0.1/' },
      { ...good, headers: { Authorization: 'Bearer hunter2\n' } },
      { ...good, headers: { 'X-Key': ['hunter2'] } },
      { ...good, headers: 'hunter2' },
      { ...good, headers: ['hunter2'] },
    ]
    for (const exporter of wrong) expect(complaintOf([exporter]).all).not.toContain('hunter2')
    expect(complaintOf(wrong.slice(0, 1)).message).toContain(
      '`[0].url`: expected an address without credentials',
    )
  })
})
