// Menus are <details class="menu">: one open at a time, closed by a click elsewhere. Also: copy, print, and
// "as you type" search results that go away when one leaves them.

import { find, findAll, word } from './dom.js'
import { showToast } from './toasts.js'

export function startMenus() {
  document.addEventListener('click', (event) => {
    for (const menu of findAll('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false
    }
    const results = find('#search-results')
    if (results && !event.target.closest('.search')) results.replaceChildren()
  })

  // Come back to where one is now, filters and all, after changing the display or the seller.
  document.addEventListener('submit', (event) => {
    const next = event.target.querySelector('input[name="next"][data-here]')
    if (next) next.value = location.pathname + location.search
  })

  document.addEventListener('click', async (event) => {
    const copier = event.target.closest('[data-copy]')
    if (copier) {
      const source = document.getElementById(copier.dataset.copy)
      const text = source?.value ?? source?.innerText ?? ''
      try {
        await navigator.clipboard.writeText(text)
        showToast({ text: word('copied') })
      } catch {
        const range = document.createRange()
        range.selectNodeContents(source)
        getSelection().removeAllRanges()
        getSelection().addRange(range)
      }
    }
    if (event.target.closest('[data-print]')) print()
  })
}
