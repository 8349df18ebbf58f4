/** A shape: one byte a pixel, row by row from the top, 0 outside and 255 inside. */
export class Mask {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array

  /** Empty. Both sizes in whole pixels, at least 1. */
  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.pixels = new Uint8Array(width * height)
  }

  /** Fills each column from `edgeAt` down; a fractional edge is smoothed. `x` and the edge are in pixels. */
  fillBelow(edgeAt: (x: number) => number): void {
    for (let x = 0; x < this.width; x++) {
      const edge = Math.min(this.height, Math.max(0, edgeAt(x)))
      const top = Math.floor(edge)
      if (top < this.height) this.pixels[top * this.width + x] = Math.round(255 * (1 - (edge - top)))
      for (let y = top + 1; y < this.height; y++) this.pixels[y * this.width + x] = 255
    }
  }

  /** Sets a rectangle, given in pixels and cut at the borders, to `value`. */
  fillRectangle(left: number, top: number, width: number, height: number, value: number): void {
    const fromX = Math.max(0, Math.round(left))
    const toX = Math.min(this.width, Math.round(left + width))
    const toY = Math.min(this.height, Math.round(top + height))
    for (let y = Math.max(0, Math.round(top)); y < toY; y++) {
      if (toX > fromX) this.pixels.fill(value, y * this.width + fromX, y * this.width + toX)
    }
  }

  /**
   * Draws a disc, cut at the borders, over what is there when it is brighter.
   *
   * @param value - 0..255 at the centre.
   * @param softness - share of the radius over which it fades out, 0..1; at least one pixel.
   */
  fillDisc(disc: { x: number; y: number; radius: number; value: number; softness: number }): void {
    const { x, y, radius, value } = disc
    const fade = Math.max(1, radius * disc.softness)
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(this.height, y + radius); row++) {
      for (
        let column = Math.max(0, Math.floor(x - radius));
        column < Math.min(this.width, x + radius);
        column++
      ) {
        const inside = (radius - Math.sqrt((column - x) ** 2 + (row - y) ** 2)) / fade
        const shade = Math.round(value * Math.min(1, Math.max(0, inside)))
        const index = row * this.width + column
        if (shade > (this.pixels[index] ?? 0)) this.pixels[index] = shade
      }
    }
  }
}
