// Keys: "/" search, "g t" and friends to places, j/k through rows, enter to open, "?" for the list, and any
// element with data-key="n" for the work at hand. A key acts on the active row or the open panel first.

import { find, findAll, isTyping, visible } from './dom.js'
import { activeRow, move, openRow } from './lists.js'
import { closePanel, panelIsOpen } from './panel.js'

const SEQUENCE_MS = 1200
let waiting = null

// On an Arabic (or any other) keyboard the letter is taken from the place of the key.
function letter(event) {
  if (event.key.length > 1 || /^[\x21-\x7e]$/.test(event.key)) return event.key
  if (event.code.startsWith('Key')) return event.code.slice(3).toLowerCase()
  if (event.code === 'Slash') return event.shiftKey ? '?' : '/'
  return event.key
}

function press(element) {
  if (element.matches('input, textarea, select')) element.focus()
  else element.click()
}

function target(key) {
  const selector = `[data-key="${CSS.escape(key)}"]`
  const panel = panelIsOpen() ? find('#panel') : null
  for (const scope of [panel, activeRow(), find('#main')]) {
    const found = scope && findAll(selector, scope).find(visible)
    if (found) return found
  }
  return null
}

export function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key === 'Escape') return escape(event)
    if (isTyping(event.target)) return arrows(event)
    if (find('dialog[open]')) return
    const key = letter(event)
    if (act(key, event)) event.preventDefault()
  })
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-dialog]')
    if (opener) find(`#${opener.dataset.dialog}`)?.showModal()
    if (event.target.matches('dialog')) event.target.close()
    if (event.target.closest('[data-close-dialog]')) event.target.closest('dialog').close()
  })
}

function act(key, event) {
  if (waiting) {
    const place = find(`[data-go="${CSS.escape(`${waiting} ${key}`)}"]`)
    waiting = null
    if (place) {
      place.click()
      return true
    }
  }
  if (key === 'g') {
    waiting = 'g'
    setTimeout(() => (waiting = null), SEQUENCE_MS)
    return true
  }
  if (key === '/') return focusSearch()
  if (key === '?') {
    find('#keys')?.showModal()
    return true
  }
  if (key === 'j' || key === 'ArrowDown') return move(1, key === 'j')
  if (key === 'k' || key === 'ArrowUp') return move(-1, key === 'k')
  if (key === 'Enter') return event.target.closest('a, button, summary') ? false : openRow()
  if (key === 'x') return selectRow()
  const found = target(key)
  if (!found) return false
  press(found)
  return true
}

function focusSearch() {
  const search = find('#search-field')
  if (!search) return false
  search.focus()
  search.select()
  return true
}

function selectRow() {
  const box = activeRow()?.querySelector('.select-cell input')
  box?.click()
  return Boolean(box)
}

function escape(event) {
  const menu = find('details.menu[open]')
  if (menu) {
    menu.open = false
    find('summary', menu).focus()
    return
  }
  if (isTyping(event.target)) {
    event.target.blur()
    return
  }
  if (!find('dialog[open]') && panelIsOpen()) closePanel()
}

// In the search field the arrows walk through what was found.
function arrows(event) {
  if (!event.target.matches('#search-field') || event.key !== 'ArrowDown') return
  const first = find('#search-results a')
  if (!first) return
  event.preventDefault()
  first.focus()
}

document.addEventListener('keydown', (event) => {
  const at = event.target.closest?.('#search-results a')
  if (!at || !['ArrowDown', 'ArrowUp'].includes(event.key)) return
  event.preventDefault()
  event.stopPropagation()
  const links = findAll('#search-results a')
  const next = links[links.indexOf(at) + (event.key === 'ArrowDown' ? 1 : -1)]
  ;(next ?? find('#search-field')).focus()
}, true)
