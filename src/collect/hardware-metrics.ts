/** Metrics of hardware that more than one source emits, each of its own devices; named as OpenTelemetry names them. */
import type { MetricDescriptor } from '../model/sample.ts'

export const temperatureMetric = {
  name: 'hw.temperature',
  kind: 'gauge',
  unit: 'Cel',
  description: 'Temperature that the sensor measures.',
} as const satisfies MetricDescriptor

export const temperatureLimitMetric = {
  name: 'hw.temperature.limit',
  kind: 'gauge',
  unit: 'Cel',
  description: 'Temperature at which the hardware protects itself, or is damaged.',
} as const satisfies MetricDescriptor

export const powerMetric = {
  name: 'hw.power',
  kind: 'gauge',
  unit: 'W',
  description: 'Power that the component draws.',
} as const satisfies MetricDescriptor

export const energyMetric = {
  name: 'hw.energy',
  kind: 'counter',
  unit: 'J',
  description: 'Energy that the component has used.',
} as const satisfies MetricDescriptor

export const fanSpeedMetric = {
  name: 'hw.fan.speed',
  kind: 'gauge',
  // What OpenTelemetry calls rpm: UCUM knows no revolutions.
  unit: '{revolution}/min',
  description: 'Speed of the fan.',
} as const satisfies MetricDescriptor
