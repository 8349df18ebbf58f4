/** What users write as rules, validated and normalised. */
import type * as zod from 'zod'
import { lazySchema } from '../config/lazy-schema.ts'
import { type AlertRule, ruleKinds } from './rules.ts'

type KindSchema = ReturnType<(typeof ruleKinds)[keyof typeof ruleKinds]['schema']>

/** One rule. Unknown keys are errors; `kind` may be left out for a threshold. */
export const alertRuleSchema = lazySchema((z) => {
  // The type of a tuple is lost on the way through Object.values; that the record has a kind is plain to see.
  const schemas = Object.values(ruleKinds).map((kind) => kind.schema()) as [KindSchema]
  return z.discriminatedUnion('kind', schemas, {
    error: () => `Expected a rule of kind ${Object.keys(ruleKinds).join(', ')}`,
  })
})

/** A rule as users write it. */
export type AlertRuleInput = zod.input<ReturnType<typeof alertRuleSchema>>

/** A set of rules: no two have the same name. */
export const alertRulesSchema = lazySchema((z) =>
  z.array(alertRuleSchema()).superRefine((rules, context) => {
    for (const index of repeatedNames(rules)) {
      const message = `Expected a name no other rule has ("${rules[index]?.name}" is taken)`
      context.addIssue({ code: 'custom', path: [index, 'name'], message })
    }
  }),
)

/** The positions of rules whose name an earlier one has. */
export function repeatedNames(rules: readonly AlertRule[]): readonly number[] {
  const names = new Set<string>()
  return rules.flatMap((rule, index) => {
    if (names.has(rule.name)) return [index]
    names.add(rule.name)
    return []
  })
}
