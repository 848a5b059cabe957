// Choosing items writes the sum of what is free of them into the amount: <div data-sum="id_amount"> around
// checkboxes with data-decimal. An amount that a person typed is left alone.

import { find, findAll } from './dom.js'

function sum(boxes) {
  const texts = boxes.filter((box) => box.checked).map((box) => box.dataset.decimal)
  const digits = Math.max(0, ...texts.map((text) => (text.split('.')[1] ?? '').length))
  const whole = texts.reduce((total, text) => total + BigInt(text.replace('.', '')), 0n)
  if (!digits) return String(whole)
  const padded = String(whole).padStart(digits + 1, '0')
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

export function startSums() {
  document.addEventListener('change', (event) => {
    const list = event.target.closest?.('[data-sum]')
    if (!list) return
    if (event.target.matches('[data-all]')) {
      for (const box of findAll('tbody input[type="checkbox"]', list)) box.checked = event.target.checked
    }
    const field = find(`#${CSS.escape(list.dataset.sum)}`)
    if (field && !field.dataset.typed) field.value = sum(findAll('input[data-decimal]', list))
  })
  document.addEventListener('input', (event) => {
    const list = find('[data-sum]')
    if (list && event.target.id === list.dataset.sum) event.target.dataset.typed = 'true'
  })
}
