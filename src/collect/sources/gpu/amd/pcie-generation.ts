/** Transfers a second and lane, in thousands of millions, of each generation of PCIe (PCI Express Base Specification). */
const generations: Readonly<Record<string, number>> = {
  ...{ '2.5': 1, '5': 2, '5.0': 2, '8': 3, '8.0': 3, '16': 4, '16.0': 4 },
  ...{ '32': 5, '32.0': 5, '64': 6, '64.0': 6 },
}

/** Of `16.0 GT/s PCIe` or `8.0GT/s x16`; undefined when it is no speed that there is. */
export function pcieGeneration(speed: string): number | undefined {
  const [, transfers = ''] = /^(\d+(?:\.\d)?) ?GT\/s/.exec(speed.trim()) ?? []
  return Object.hasOwn(generations, transfers) ? generations[transfers] : undefined
}
