import type { RuleCase } from './rule-cases.contract.ts'

/** The shipped rules on what outputs are worth, tested as data. */
export const qualityRuleCases: Readonly<Record<string, readonly RuleCase[]>> = {
  DefectsHigh: [
    {
      title: 'fires for the version of a model whose outputs are defective, until they are fine',
      series: [
        { attributes: { window: '15m', model: 'wan', version: '1' }, values: '0x4' },
        { attributes: { window: '15m', model: 'wan', version: '2' }, values: '0.1 0.2 0.08 0.05' },
        { attributes: { window: '1h', model: 'ltx' }, values: '1x4' },
      ],
      expected: [
        [0, {}],
        [30, { 'model="wan",version="2"': 'firing' }],
        [60, { 'model="wan",version="2"': 'firing' }],
        [90, {}],
      ],
    },
    {
      title: 'is over when too few are checked to tell',
      series: [{ attributes: { window: '15m', model: 'wan' }, values: '0.5 _x15' }],
      expected: [
        [300, { 'model="wan"': 'firing' }],
        [330, {}],
      ],
    },
  ],
  QualityDropped: [
    {
      title: 'fires when the score of a model falls, not when it rises, and not for another measure',
      series: [
        { attributes: { model: 'wan', score: 'qualityScore' }, values: '0 -1.6 -1.2 -0.9' },
        { attributes: { model: 'ltx', score: 'qualityScore' }, values: '0 3 3 3' },
        { attributes: { model: 'ltx', score: 'noise' }, values: '0 -3 -3 -3' },
      ],
      expected: [
        [0, {}],
        [30, { 'model="wan"': 'firing' }],
        [60, { 'model="wan"': 'firing' }],
        [90, {}],
      ],
    },
  ],
  ChecksBehind: [
    {
      title:
        'fires when an output has waited for ten minutes, not when it has its turn at once, until it is caught up',
      series: [{ attributes: {}, values: '0 601 40 601 640 700 300 50' }],
      expected: [
        [30, { '': 'pending' }],
        [60, {}],
        [120, { '': 'pending' }],
        [150, { '': 'firing' }],
        [180, { '': 'firing' }],
        [210, {}],
      ],
    },
  ],
  ChecksFailing: [
    {
      title: 'fires while most outputs cannot be checked',
      series: [{ attributes: { window: '15m' }, values: '0.5 1 0.2' }],
      expected: [
        [0, {}],
        [30, { 'window="15m"': 'firing' }],
        [60, {}],
      ],
    },
  ],
}
