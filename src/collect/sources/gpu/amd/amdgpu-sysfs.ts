/** AMD GPUs through the files of the kernel's driver: no tool, no library, and less than a millisecond. */
import { basename } from 'node:path'
import { readlinkSync, realpathSync } from '../../../../system/files.ts'
import { namesIfThere, sysfsTextIfThere } from '../../../kernel/sysfs-value.ts'
import type { GpuReader, GpuReading } from '../gpu-reading.ts'
import { AmdgpuCard, type AmdgpuFolders } from './amdgpu-card.ts'

export interface AmdgpuOptions {
  /** @default /sys */
  readonly sysRoot?: string
}

const vendorId = '0x1002'
const driverName = 'amdgpu'

/** @throws an `Error` when there is no card of this driver. */
export function openAmdgpuReader({ sysRoot = '/sys' }: AmdgpuOptions = {}): GpuReader {
  let cards = new Map<string, AmdgpuCard>()
  const discover = () => {
    const found = foldersOf(sysRoot)
    const kept = new Map<string, AmdgpuCard>()
    for (const folders of found) {
      // The address is looked at too, for another card may have taken the number of one that went away.
      const card = cards.get(folders.device)
      const isSame = card?.folders.pciAddress === folders.pciAddress
      kept.set(folders.device, card && isSame ? card : new AmdgpuCard(folders))
    }
    for (const [device, card] of cards) if (kept.get(device) !== card) card.close()
    cards = kept
  }
  discover()
  if (cards.size === 0) throw new Error(`no card of the driver ${driverName} under ${sysRoot}/class/drm`)
  return {
    name: 'amdgpu',
    read() {
      discover()
      const readings = [...cards.values()].map((card, index) => card.read(index))
      const gpus = distinct(readings.map(({ gpu }) => gpu))
      return { gpus, xids: [], skipped: readings.reduce((sum, { skipped }) => sum + skipped, 0) }
    },
    close() {
      for (const card of cards.values()) card.close()
      cards = new Map()
    },
  }
}

/** The cards in the order of their numbers. Connectors (`card0-DP-1`) stand beside them. */
function foldersOf(sysRoot: string): readonly AmdgpuFolders[] {
  const root = `${sysRoot}/class/drm`
  const driverVersion = sysfsTextIfThere(`${sysRoot}/module/${driverName}/version`)
  return namesIfThere(root)
    .filter((name) => /^card\d+$/.test(name))
    .sort((one, other) => Number(one.slice(4)) - Number(other.slice(4)))
    .map((name) => `${root}/${name}/device`)
    .filter(
      (device) =>
        sysfsTextIfThere(`${device}/vendor`) === vendorId &&
        linkName(`${device}/driver`, readlinkSync) === driverName,
    )
    .flatMap((device) => {
      const pciAddress = linkName(device, realpathSync)
      return pciAddress === undefined ? [] : [{ device, pciAddress, driverVersion }]
    })
}

/** The last part of where it leads; undefined when it is not there, or is no more. */
function linkName(path: string, follow: (path: string) => string): string | undefined {
  try {
    return basename(follow(path))
  } catch {
    return undefined
  }
}

/** A card that is divided shows its parts as cards of one number; those are told apart by their addresses. */
function distinct(gpus: readonly GpuReading[]): readonly GpuReading[] {
  const seen = new Set<string>()
  return gpus.map((gpu) => {
    const isNew = !seen.has(gpu.id)
    seen.add(gpu.id)
    return isNew ? gpu : { ...gpu, id: gpu.pciAddress ?? `index ${gpu.index}` }
  })
}
