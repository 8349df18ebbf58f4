/** What may be asked, and with which headers. No message holds what it complains of: that may be secret. */

/** What is wrong with the address of an exporter; undefined when nothing is. */
export function addressFault(url: string): string | undefined {
  if (!URL.canParse(url)) return 'expected an address such as http://127.0.0.1:9400/metrics'
  const { protocol, username, password } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return 'expected an address of http or https'
  if (username !== '' || password !== '')
    return 'expected an address without credentials, which belong into `headers`'
  return undefined
}

/** Headers that belong to the connection, or would change what is asked for. */
const reserved = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** What is wrong with a header; undefined when nothing is. The grammar is that of RFC 9110, section 5. */
export function headerFault(name: string, value: unknown): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name)) return 'expected a header name'
  if (reserved.has(name.toLowerCase()))
    return `expected no header \`${name}\`, which the connection sets itself`
  if (typeof value !== 'string') return `expected text as value of the header \`${name}\``
  const isClean = value.length <= 8192 && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
  return isClean
    ? undefined
    : `expected a value without line ends or foreign letters for the header \`${name}\``
}
