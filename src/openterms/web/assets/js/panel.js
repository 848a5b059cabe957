// The side panel opens a customer or an invoice over a list. The address becomes the thing's own (so it can be
// shared or reloaded as a page), the list stays where it was, and the back button closes the panel.

import { find, word } from './dom.js'

let home = location.pathname + location.search
let returnTo = null
let htmx = null

export function panelIsOpen() {
  return !find('#panel')?.hidden
}

function show(address) {
  const panel = find('#panel')
  panel.hidden = false
  panel.setAttribute('aria-busy', 'true')
  find('[data-panel-page]', panel)?.setAttribute('href', address)
  const body = find('#panel-body')
  body.replaceChildren(find('#panel-waiting').content.cloneNode(true))
  return htmx
    .ajax('GET', address, { target: '#panel-body', swap: 'innerHTML', headers: { 'HX-Panel': 'true' } })
    .then(() => {
      panel.setAttribute('aria-busy', 'false')
      panel.scrollTop = 0
      if (!panel.contains(document.activeElement) && !document.activeElement?.closest('[data-row]')) panel.focus()
    })
}

function hide() {
  const panel = find('#panel')
  if (!panel || panel.hidden) return
  panel.hidden = true
  find('#panel-body').replaceChildren()
  returnTo?.focus?.()
  returnTo = null
}

export function openPanel(address) {
  const state = { panel: address }
  if (panelIsOpen()) history.replaceState(state, '', address)
  else {
    home = location.pathname + location.search
    history.pushState(state, '', address)
  }
  show(address)
}

export function closePanel() {
  if (history.state?.panel) history.back()
  else hide()
}

export function startPanel(library) {
  htmx = library

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-panel]')
    if (event.target.closest('[data-close-panel]')) {
      event.preventDefault()
      closePanel()
      return
    }
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (!find('#panel')) return
    event.preventDefault()
    if (!panelIsOpen()) returnTo = link.closest('[data-row]') ?? link
    openPanel(link.getAttribute('href'))
  })

  // The server says that what stood in the panel is done: HX-Trigger: close-panel
  document.addEventListener('close-panel', () => panelIsOpen() && closePanel())

  addEventListener('popstate', (event) => {
    const here = location.pathname + location.search
    if (event.state?.panel) show(event.state.panel)
    else if (here === home) hide()
    else location.reload()
  })

  document.addEventListener('htmx:responseError', (event) => {
    if (event.detail.target?.id !== 'panel-body') return
    const line = document.createElement('p')
    line.className = 'empty'
    line.textContent = word('panel-failed')
    find('#panel-body').replaceChildren(line)
  })
}
