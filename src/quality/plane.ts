/** One 8-bit plane of a picture, row by row without gaps. */
export interface Plane {
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
