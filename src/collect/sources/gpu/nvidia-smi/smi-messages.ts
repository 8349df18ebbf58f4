/** What nvidia-smi says in words: of cards that it cannot reach, and by its exit code. */

/** A card that the driver knows of and cannot reach. */
export interface LostGpu {
  readonly pciAddress?: string
  readonly index?: number
}

const lostLine = /Unable to determine the device handle for (GPU.*)$/i
const addressPattern = /[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/i

/**
 * Such lines stand among, or instead of, the others: `Unable to determine the device handle for GPU3: 0000:5F:00.0:
 * Unknown Error`, with or without the number and the address. A card that this user may not open is not lost.
 */
export function lostGpusOf(output: string): readonly LostGpu[] {
  const lost: LostGpu[] = []
  for (const line of output.split('\n')) {
    const [, card] = lostLine.exec(line) ?? []
    if (card === undefined || /insufficient permission/i.test(card)) continue
    const pciAddress = addressPattern.exec(card)?.[0]
    const number = /^GPU ?(\d{1,3})(?=:?$|:? )/i.exec(card)?.[1]
    if (pciAddress !== undefined || number !== undefined)
      lost.push({
        ...(pciAddress === undefined ? {} : { pciAddress }),
        ...(number === undefined ? {} : { index: Number(number) }),
      })
  }
  return lost
}

/** The exit codes that its manual lists, which are the return codes of NVML. */
const meanings: Readonly<Record<number, string>> = {
  2: 'it was given an argument that this version does not know',
  3: 'the device does not support what was asked',
  4: 'this user may not ask the driver; check the permissions of /dev/nvidia*',
  6: 'it found no GPU',
  8: 'a power cable of a GPU is not attached',
  9: 'the NVIDIA driver is not loaded; install it, or load the kernel module',
  10: 'the kernel found a problem with the interrupts of a GPU',
  12: 'the library of the driver (libnvidia-ml) was not found; install the driver with its utilities',
  13: 'the library of the driver is too old for this nvidia-smi; install both from one version',
  14: 'the configuration memory (infoROM) of a GPU is damaged',
  15: 'a GPU has fallen off the bus or cannot be reached; see the kernel log, then restart the machine',
  16: 'a GPU must be reset before it can be used again',
  17: 'the operating system or its control group keeps this process from the GPU',
  18: 'the driver and its library are of different versions; restart the machine after an update of the driver',
  255: 'the driver answered an error that it does not name',
}

/** @param lastWords - what the tool wrote. */
export function exitMessage(exitCode: number, lastWords: string): string {
  const words = lastWords.trim().split('\n').slice(-3).join(' ').slice(-500)
  const meaning = meanings[exitCode]
  return [
    `nvidia-smi ended with exit code ${exitCode}`,
    ...(meaning === undefined ? [] : [meaning]),
    ...(words === '' ? [] : [words]),
  ].join(': ')
}
