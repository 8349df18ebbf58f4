import { printable } from '../format.ts'

/** Text that means nothing in HTML, neither as content nor in a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text.toWellFormed()).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
