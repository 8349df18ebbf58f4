/** The kinds of rules. A new kind is one file in `rules/` and one line in `ruleKinds`. */
import type { z } from 'zod'
import type { Condition } from './lifecycle.ts'
import { thresholdKind } from './rules/threshold.ts'
import type { SampleSource } from './sample-source.ts'

/** A kind has a `schema`, built on first use, whose output is the normalised rule, and a pure `evaluate` over that. */
export const ruleKinds = { threshold: thresholdKind } as const

type Kind = keyof typeof ruleKinds
type RuleOf<K extends Kind> = z.output<ReturnType<(typeof ruleKinds)[K]['schema']>>

/** A rule of any kind, validated and normalised. Plain data. */
export type AlertRule = { [K in Kind]: RuleOf<K> }[Kind]

/** Typed kind by kind, so that the compiler can tie a rule to the evaluator of its own kind. */
const evaluators: {
  readonly [K in Kind]: {
    evaluate(rule: RuleOf<K>, source: SampleSource, nowMs: number): readonly Condition[]
  }
} = ruleKinds

/** The condition of each instance of a rule that the source knows of. Pure but for the source. */
export function evaluateRule<K extends Kind>(
  rule: RuleOf<K> & { readonly kind: K },
  source: SampleSource,
  nowMs: number,
): readonly Condition[] {
  return evaluators[rule.kind].evaluate(rule, source, nowMs)
}
