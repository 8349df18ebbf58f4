/** One form for the many in which tools and kernels write the address of a PCI device. */

const addressPattern = /(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})(?:\.[0-7])?$/i

/**
 * What is equal for `00000000:3B:00.0`, `0000:3b:00.0` and `0000:3b:00`: the function is left out, for the kernel log
 * does not tell it and a GPU is always 0. Undefined when the text is no such address.
 */
export function pciKey(address: string): string | undefined {
  const match = addressPattern.exec(address.trim())
  if (!match) return undefined
  const [, domain = '0', bus = '', device = ''] = match
  return `${Number.parseInt(domain, 16).toString(16)}:${bus}:${device}`.toLowerCase()
}
