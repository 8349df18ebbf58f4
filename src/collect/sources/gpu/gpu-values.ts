import type { Attributes, MetricDescriptor } from '../../../model/sample.ts'
import type { Readings } from '../../readings.ts'

/** What passes 1 by no more is a share that was rounded. */
const roundingShare = 0.05

/** A value that is never below zero. One that is not told is no fault; one that is no such value is left out. */
export function addAmount(
  readings: Readings,
  metric: MetricDescriptor,
  value: number | undefined,
  attributes: Attributes,
): void {
  if (isTold(value)) readings.add(metric, value >= 0 ? value : Number.NaN, attributes)
}

/** A share of a whole, in 0..1. */
export function addShare(
  readings: Readings,
  metric: MetricDescriptor,
  value: number | undefined,
  attributes: Attributes,
): void {
  if (!isTold(value)) return
  const isShare = value >= 0 && value <= 1 + roundingShare
  readings.add(metric, isShare ? Math.min(1, value) : Number.NaN, attributes)
}

/** 1 or 0. */
export function addFlag(
  readings: Readings,
  metric: MetricDescriptor,
  value: boolean | undefined,
  attributes: Attributes,
): void {
  if (isTold(value)) readings.add(metric, value ? 1 : 0, attributes)
}

/** JSON writes what is no number as null: such a value was told, and is unusable. */
function isTold<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}
