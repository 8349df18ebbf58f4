/** The rules for error classes that users write, validated. */
import type * as zod from 'zod'
import { lazySchema } from '../config/lazy-schema.ts'
import { patternFault } from './error-pattern.ts'

const maxRules = 64

/** One rule: a class, and a pattern or a code. Unknown keys are errors. */
const errorClassRuleSchema = lazySchema((z) => {
  const classError = 'expected a name of 1 to 64 lower-case letters, digits and `_` that begins with a letter'
  const codeError = 'expected a code: a text of 1 to 64 characters, or a whole number'
  return z
    .strictObject(
      {
        class: z.string({ error: classError }).regex(/^[a-z][a-z0-9_]{0,63}$/, { error: classError }),
        pattern: z
          .string({ error: 'expected a regular expression' })
          .superRefine((pattern, context) => {
            const message = patternFault(pattern)
            if (message !== undefined) context.addIssue({ code: 'custom', message })
          })
          .optional(),
        code: z
          .union([z.string().trim().min(1).max(64), z.int()], { error: codeError })
          .transform(String)
          .optional(),
      },
      {
        error: (issue) =>
          issue.code === 'invalid_type' ? 'expected a rule: `class`, and `pattern` or `code`' : undefined,
      },
    )
    .superRefine(({ pattern, code }, context) => {
      if ((pattern === undefined) === (code === undefined))
        context.addIssue({ code: 'custom', message: 'expected either `pattern` or `code`' })
    })
})

/** A rule as users write it. */
export type ErrorClassInput = zod.input<ReturnType<typeof errorClassRuleSchema>>

/** `errorClasses`: the user's rules, tried in their order before what is built in. Its output is plain data. */
export const errorClassesSchema = lazySchema((z) =>
  z
    .array(errorClassRuleSchema(), { error: 'expected a list of rules' })
    .max(maxRules, { error: `expected at most ${maxRules} rules` }),
)
