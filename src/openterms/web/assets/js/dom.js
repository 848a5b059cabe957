// Small helpers shared by the behaviours.

export const find = (selector, root = document) => root.querySelector(selector)
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)]

export function visible(element) {
  return Boolean(element && element.getClientRects().length)
}

export function isTyping(target) {
  return Boolean(
    target.closest?.('input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable]'),
  )
}

// A sentence the templates left in the page in the person's language: <template id="words"> <span data-word="…">.
export function word(name) {
  const words = document.getElementById('words')
  return words?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? ''
}
