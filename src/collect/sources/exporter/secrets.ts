const mask = '[redacted]'

/** What is shorter would be found in half of all texts, and is no secret. */
const leastLength = 4

/**
 * Takes the values of request headers out of text that others wrote: a server may well write back what it was sent.
 *
 * @param headers - every value counts as secret, with its scheme (`Bearer …`) and without.
 */
export function redactor(headers: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = Object.values(headers)
    .flatMap((value) => [value.trim(), value.trim().replace(/^\S+\s+/, '')])
    .filter((secret) => secret.length >= leastLength)
    // The longest first, so that none leaves the rest of another.
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, mask), text)
}
