import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { localServer } from '../../../../test/support/local-server.ts'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { isFramewatchError, messageOf } from '../../../model/errors.ts'
import { type ExporterSourceOptions, exporterSource } from './exporter-source.ts'

const sourceOf = (url: string, options: Partial<ExporterSourceOptions> = {}) =>
  exporterSource({ name: 'it', url, intervalMs: 30_000, clock: manualClock(), fetch, ...options })

/** What a reading of a server fails with. */
async function failureOf(
  answer: RequestListener,
  options: Partial<ExporterSourceOptions> = {},
): Promise<string> {
  await using server = await localServer(answer)
  const failure = await Promise.resolve(sourceOf(server.url, options).read()).then(
    (reading) => `nothing: ${JSON.stringify(reading)}`,
    messageOf,
  )
  return failure.replaceAll(server.url, 'URL')
}

describe('a scrape fails, and says why,', () => {
  test('when the server hangs: at its timeout, not before', async () => {
    const clock = manualClock()
    await using server = await localServer(() => {})
    let failure: string | undefined
    const reading = Promise.resolve(sourceOf(server.url, { clock }).read()).catch((error) => {
      failure = messageOf(error)
    })
    await server.nextRequest()
    await clock.advance(2999)
    expect(failure).toBeUndefined()
    await clock.advance(1)
    await reading
    expect(failure).toBe(`no whole answer from ${server.url} within 3000 ms`)
    expect(clock.pending()).toBe(0)
  })

  test('when the answer comes in slow drips, at the same timeout', async () => {
    const clock = manualClock()
    await using server = await localServer((_, response) => {
      const drip = setInterval(() => response.write('a 1\n'), 1)
      response.on('close', () => clearInterval(drip))
    })
    const reading = Promise.resolve(sourceOf(server.url, { clock }).read()).catch(messageOf)
    await server.nextRequest()
    await clock.advance(3000)
    expect(await reading).toBe(`no whole answer from ${server.url} within 3000 ms`)
  })

  test('when the answer has no end: at 8 MiB, and the connection is given up', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const failure = await failureOf((_, response) => {
      closed = once(response, 'close')
      const pour = () => {
        while (!response.destroyed && response.write('a 1\n'.repeat(10_000)));
      }
      response.on('drain', pour)
      pour()
    })
    expect(failure).toBe('the answer of URL is larger than 8388608 bytes')
    await closed
  })

  test('when a small archive holds an endless answer', async () => {
    const failure = await failureOf((_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(Buffer.alloc(20 * 1024 * 1024, 'a 1\n')))
    })
    expect(failure).toBe('the answer of URL is larger than 8388608 bytes')
  })

  test('when the archive is none', async () => {
    const failure = await failureOf((_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end('a 1\n')
    })
    expect(failure).toMatch(/^the answer of URL broke off: /)
  })

  test('when the server has an error, with how its text begins', async () => {
    const failure = await failureOf((_, response) => {
      response.statusCode = 500
      response.end(`collector\n\u0007 failed: ${'x'.repeat(1000)}`)
    })
    expect(failure).toBe(`URL answered with 500: ${`collector failed: ${'x'.repeat(1000)}`.slice(0, 200)}`)
  })

  test('when the page is not there', async () => {
    const failure = await failureOf((_, response) => {
      response.statusCode = 404
      response.end('<!doctype html>\n<title>Not found</title>')
    })
    expect(failure).toBe('URL answered with 404: <!doctype html> <title>Not found</title>')
  })

  test('when an error has an endless text', async () => {
    const failure = await failureOf((_, response) => {
      response.statusCode = 503
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', pour)
      pour()
    })
    expect(failure).toBe(`URL answered with 503: ${'x'.repeat(200)}`)
  })

  test('when the answer is a page for people', async () => {
    const failure = await failureOf((_, response) => response.end('<html>\n<body>node_load1 1</body>\n'))
    expect(failure).toBe('nothing in the answer of URL is a metric: line 1: no metric name: "<html>"')
  })

  test('when the answer is garbage', async () => {
    const failure = await failureOf((_, response) => response.end(Buffer.alloc(100_000, 0x9f)))
    expect(failure).toContain('nothing in the answer of URL is a metric: line 1: the line is too long')
  })

  test('when it is sent elsewhere, where nobody is asked', async () => {
    await using other = await localServer((_, response) => response.end('a 1\n'))
    const failure = await failureOf((_, response) => {
      response.writeHead(302, { location: `${other.url}?key=hunter2` })
      response.end()
    })
    const { host } = new URL(other.url)
    expect(failure).toBe(
      `URL answered with 302, a redirect to ${host}, which is not followed: give the final address`,
    )
    expect(other.requests).toHaveLength(0)
  })

  test('when the server closes midway', async () => {
    const failure = await failureOf((_, response) => {
      response.write('a 1\n', () => response.destroy())
    })
    expect(failure).toBe('the answer of URL broke off: the other side closed the connection')
  })

  test('when the server closes before it answers', async () => {
    const failure = await failureOf((request) => request.destroy())
    expect(failure).toBe('no answer from URL: the other side closed the connection')
  })

  test('when an OpenMetrics text lacks its end', async () => {
    const failure = await failureOf((_, response) => {
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0')
      response.end('a 1\n')
    })
    expect(failure).toBe('the answer of URL was cut before its end')
  })

  test('when nobody listens', async () => {
    const server = await localServer(() => {})
    await server[Symbol.asyncDispose]()
    const reading = Promise.resolve(sourceOf(`${server.url}?token=hunter2`).read())
    await expect(reading).rejects.toThrow(`no answer from ${server.url}: connection refused`)
  })

  test('when the source is closed meanwhile', async () => {
    await using server = await localServer(() => {})
    const source = sourceOf(server.url)
    const reading = Promise.resolve(source.read()).catch(messageOf)
    await server.nextRequest()
    await source.close?.()
    expect(await reading).toContain(`no answer from ${server.url}: `)
    await expect(Promise.resolve(source.read())).rejects.toThrow()
  })
})

test('a scrape goes well again once the exporter does', async () => {
  let isUp = false
  await using server = await localServer((_, response) => {
    response.statusCode = isUp ? 200 : 500
    response.end('a 1\n')
  })
  const source = sourceOf(server.url)
  await expect(Promise.resolve(source.read())).rejects.toThrow('500')
  isUp = true
  expect(await source.read()).toMatchObject({ samples: [{ name: 'a', value: 1 }] })
})

test.each([
  ['ftp://127.0.0.1/metrics', {}, 'expected an address of http or https'],
  ['127.0.0.1:9100', {}, 'expected an address'],
  ['http://user:hunter2@127.0.0.1/metrics', {}, 'credentials'],
  ['http://127.0.0.1/metrics', { Authorization: 'hunter2\r\nX: y' }, 'without line ends'],
  ['http://127.0.0.1/metrics', { Host: 'hunter2' }, 'no header `Host`'],
])('%s with the headers %o is refused, without a secret', (url, headers, message) => {
  let error: unknown
  try {
    sourceOf(url, { headers })
  } catch (thrown) {
    error = thrown
  }
  expect(isFramewatchError(error, 'CONFIG_INVALID')).toBe(true)
  expect(messageOf(error)).toContain(message)
  expect(messageOf(error)).not.toContain('hunter2')
})

describe('leaks no secret', () => {
  const secret = 'hunter2-0123456789'
  const headers = { Authorization: `Bearer ${secret}`, 'X-Api-Key': 'key-abcdef' }

  test.each([
    ['an error page', 500, (sent: string) => sent],
    ['an error page that is cut in the middle of it', 500, (sent: string) => `${'x'.repeat(190)}${sent}`],
    ['an odd line', 200, (sent: string) => `? ${sent}`],
    ['an odd line that is cut in the middle of it', 200, (sent: string) => `?${'x'.repeat(70)}${sent}`],
  ])('when the server sends it back in %s', async (_, status, text) => {
    for (const name of ['authorization', 'x-api-key']) {
      const failure = await failureOf(
        (request, response) => {
          response.statusCode = status
          response.end(text(String(request.headers[name]).replace('Bearer ', '')))
        },
        { headers },
      )
      expect(failure).toContain('[red')
      for (const part of ['hunt', 'key-']) expect(failure).not.toContain(part)
    }
  })

  test('when the server sends it back in names, labels and descriptions', async () => {
    await using server = await localServer((_, response) =>
      response.end(
        `# HELP a About ${secret}.\na{x="${secret}",y="Bearer ${secret}"} 1\nb{hunter2_0123456789="1"} 1\nhunter2word 1\n`,
      ),
    )
    const source = sourceOf(server.url, {
      headers: { ...headers, 'X-Word': 'hunter2word', 'X-Label': 'hunter2_0123456789' },
    })
    const reading = JSON.stringify(await source.read())
    expect(reading).toContain('[redacted]')
    expect(reading).not.toContain('hunter2')
  })
})
