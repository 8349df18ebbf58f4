/** The text of an alert: `{{metric}}`, `{{value}}`, `{{threshold}}` and `{{attribute.<name>}}` by plain substitution. */
import type { AlertEvidence } from '../model/alert.ts'
import type { Attributes } from '../model/sample.ts'

const placeholder = /\{\{\s*([^{}\s]*)\s*\}\}/g
const attributePrefix = 'attribute.'
const evidenceNames = new Set(['metric', 'value', 'threshold'])

/**
 * What is wrong with a template; undefined when nothing is.
 *
 * @param by - the only attributes an instance has; undefined when it has all those of its series.
 */
export function templateProblem(template: string, by: readonly string[] | undefined): string | undefined {
  for (const [text, name = ''] of template.matchAll(placeholder)) {
    if (evidenceNames.has(name)) continue
    const attribute = name.startsWith(attributePrefix) ? name.slice(attributePrefix.length) : ''
    if (attribute === '') return `Unknown placeholder ${text}`
    if (by && !by.includes(attribute)) return `Placeholder ${text} names an attribute that is not in \`by\``
  }
  return template.replace(placeholder, '').includes('{{') ? 'A placeholder is not closed' : undefined
}

/** Fills a template in one pass, so that a value that looks like a placeholder stays text. */
export function renderSummary(template: string, evidence: AlertEvidence, attributes: Attributes): string {
  return template.replace(placeholder, (_, name: string) => {
    if (name === 'metric') return evidence.metric
    if (name === 'value') return evidence.value === null ? 'unknown' : numberText(evidence.value)
    if (name === 'threshold') return numberText(evidence.threshold)
    return attributes[name.slice(attributePrefix.length)] ?? ''
  })
}

/** Four significant digits tell what is wrong; whole numbers are given in full. */
function numberText(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
}
