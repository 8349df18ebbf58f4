import type { SoundEvidence } from './sound-evidence.ts'

/** dB of full scale, RMS of 100 ms. Rooms, tape and dither hiss louder; who hears speech at -23 LUFS hears nothing of it. */
export const silentBelowDbfs = -60

/** For each window, whether it is silent. */
export function silentWindows({ rms }: Pick<SoundEvidence, 'rms'>, belowDbfs: number): boolean[] {
  const limit = 10 ** (belowDbfs / 20)
  return Array.from(rms, (value) => value < limit)
}

/** Whether there is nothing to be heard in it; so of a sound without samples. */
export function isSilent(sound: Pick<SoundEvidence, 'rms'>, belowDbfs: number): boolean {
  return silentWindows(sound, belowDbfs).every(Boolean)
}
