/**
 * Ticks as Prometheus remote write 1.0 has them: `WriteRequest` in protobuf, in one block of snappy
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/). Snappy is the reference implementation, so that peers are
 * not fed larger bodies than a Prometheus would send.
 */
import { compressSync } from 'snappy'
import type { Sample, Tick } from '../src/model/sample.ts'

/** Numbers and lengths of the message's fields: type 2 is length-delimited, 1 is 64 bits, 0 a varint. */
const field = (number: number, type: 0 | 1 | 2): number => number * 8 + type

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Buffer.from(bytes)
}

function message(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([field(number, 2)]), varint(content.length), content])
}

export const prometheusName = (name: string): string => name.replaceAll('.', '_')

/** `repeated Label labels = 1`, sorted by name as the specification wants. */
function encodeLabels({ name, attributes }: Sample, node: string): Buffer {
  const labels = Object.entries(attributes).map(([key, value]) => [prometheusName(key), value] as const)
  const sorted = [['__name__', prometheusName(name)] as const, ['instance', node] as const, ...labels].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  )
  const text = (number: number, value: string) => message(number, Buffer.from(value))
  return Buffer.concat(
    sorted.map(([key, value]) => message(1, Buffer.concat([text(1, key), text(2, value)]))),
  )
}

/** One request a tick. Every tick must have the same series in the same order. */
export function encodeTicks(ticks: Iterable<Tick>): readonly Buffer[] {
  const labels: Buffer[] = []
  const bodies: Buffer[] = []
  for (const { node = '', timestampMs, samples } of ticks) {
    const time = Buffer.concat([Buffer.from([field(2, 0)]), varint(timestampMs)])
    const series = samples.map((sample, index) => {
      labels[index] ??= encodeLabels(sample, node)
      const value = Buffer.alloc(9)
      value[0] = field(1, 1)
      value.writeDoubleLE(sample.value, 1)
      return message(1, Buffer.concat([labels[index], message(2, Buffer.concat([value, time]))]))
    })
    bodies.push(compressSync(Buffer.concat(series)))
  }
  return bodies
}
