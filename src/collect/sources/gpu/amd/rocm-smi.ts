/** Reads `rocm-smi -a --json`: an object of cards, with keys that are sentences and differ by version. */
import type { GpuReading } from '../gpu-reading.ts'
import { type DimensionName, quantityOf, SkipCount, told, toldOrNone, toldText } from '../quantity.ts'
import { amdName, amdSerial, amdUniqueId } from './amd-unique-id.ts'
import { pcieGeneration } from './pcie-generation.ts'
import { isJsonObject, type JsonObject, jsonText, parseToolJson } from './tool-json.ts'

export interface AmdToolGpus {
  readonly gpus: readonly GpuReading[]
  readonly skipped: number
}

/** @throws an `Error` when the output holds no JSON, or none with a card in it. */
export function parseRocmSmi(output: string): AmdToolGpus {
  const root = parseToolJson(output)
  const cards = isJsonObject(root) ? Object.entries(root).filter(([key]) => /^card\d+$/.test(key)) : []
  const objects = cards.map(([, card]) => card).filter(isJsonObject)
  if (objects.length === 0) throw new Error('rocm-smi wrote no card')
  const system = new RocmFields(isJsonObject(root) && isJsonObject(root['system']) ? root['system'] : {})
  const driverVersion = system.text('driver version')
  const skips = new SkipCount()
  const gpus = objects.map((card, index) =>
    told({ ...gpuOf(new RocmFields(card, skips), index), driverVersion }),
  )
  return { gpus, skipped: skips.count }
}

function gpuOf(card: RocmFields, index: number): GpuReading {
  const pciAddress = card.text('pci bus')
  const temperature = (sensor: string) => card.quantity('celsius', 'C', `temperature (sensor ${sensor}) (c)`)
  return told({
    id: amdUniqueId(card.text('unique id') ?? '') ?? pciAddress ?? `index ${index}`,
    index,
    vendor: 'amd' as const,
    name: amdName(card.text('card series'), card.text('device name'), card.text('card model')),
    serial: amdSerial(card.text('serial number')),
    pciAddress,
    utilization: card.quantity('share', '%', 'gpu use (%)'),
    // `GPU Memory Allocated (VRAM%)` is how full it is, not how busy.
    memoryUtilization: card.quantity(
      'share',
      '%',
      'gpu memory use (%)',
      'gpu memory read/write activity (%)',
    ),
    memory: toldOrNone({
      totalBytes: card.quantity('bytes', 'B', 'vram total memory (b)'),
      usedBytes: card.quantity('bytes', 'B', 'vram total used memory (b)'),
    }),
    temperatureCelsius: temperature('edge'),
    hotspotTemperatureCelsius: temperature('junction'),
    memoryTemperatureCelsius: temperature('memory'),
    powerWatts: card.quantity(
      'watts',
      'W',
      ...['average graphics package power (w)', 'current socket graphics package power (w)'],
    ),
    powerLimitWatts: card.quantity('watts', 'W', 'max graphics package power (w)'),
    clocksHz: toldOrNone({
      graphics: card.quantity('hertz', undefined, 'sclk clock speed'),
      memory: card.quantity('hertz', undefined, 'mclk clock speed'),
    }),
    fanRatio: card.quantity('ratio', '%', 'fan speed (%)'),
    fanRpm: card.quantity('rpm', 'RPM', 'fan rpm'),
    pcie: pcieOf(card),
  })
}

/** `1 (16.0GT/s x16)`: the level, and what it stands for. */
function pcieOf(card: RocmFields): GpuReading['pcie'] {
  const [, speed = '', width] =
    /^\d+ \(([\d.]+GT\/s) x(\d{1,2})\)$/.exec(card.text('pcie clock level') ?? '') ?? []
  return toldOrNone({
    generation: pcieGeneration(speed),
    width: width === undefined ? undefined : Number(width),
    replays: card.quantity('count', undefined, 'pcie replay count'),
  })
}

/** Keys in lower case, without the colon that some end in. */
class RocmFields {
  readonly #texts = new Map<string, string>()
  readonly #skips: SkipCount

  constructor(card: JsonObject, skips = new SkipCount()) {
    this.#skips = skips
    for (const [key, value] of Object.entries(card)) {
      const text = jsonText(value)
      if (text !== undefined) this.#texts.set(key.toLowerCase().replace(/:$/, '').trim(), text)
    }
  }

  text(key: string): string | undefined {
    return toldText(this.#texts.get(key))
  }

  /** @param unit - that the keys name; undefined where the text has it. */
  quantity(
    dimension: DimensionName,
    unit: string | undefined,
    ...keys: readonly string[]
  ): number | undefined {
    const text = keys.map((key) => this.text(key)).find((found) => found !== undefined)
    if (text === undefined) return undefined
    // Clocks stand in parentheses: `(1402Mhz)`.
    const value = quantityOf(text.replace(/^\((.*)\)$/, '$1'), dimension, unit)
    return this.#skips.usable(value !== undefined && value < 0 ? Number.NaN : value)
  }
}
