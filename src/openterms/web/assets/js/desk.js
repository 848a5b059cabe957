// The desk's behaviours: partial loading, keys, lists, side panel, toasts, preferences, charts on demand.

import htmx from 'htmx.org'
import { startCharts } from './figures.js'
import { startKeys } from './keys.js'
import { startLists } from './lists.js'
import { startMenus } from './menus.js'
import { startPanel } from './panel.js'
import { startStacks } from './stacks.js'
import { startSums } from './sums.js'
import { startToasts } from './toasts.js'

window.htmx = htmx

// Nothing is evaluated from text and no style is written into the page, so a strict content policy holds.
// Addresses are ours (panel.js, lists.js): htmx keeps no copy of pages with people's data in the browser's storage.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  historyEnabled: false,
  selfRequestsOnly: true,
  defaultSettleDelay: 0,
  scrollIntoViewOnBoost: false,
  timeout: 30000,
})

// Answers that carry something to show are shown, also when they say no.
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '4(00|03|04|09|22)', swap: true, error: false },
  { code: '...', swap: false, error: true },
]

startToasts()
startMenus()
startLists()
startPanel(htmx)
startKeys(htmx)
startSums()
startStacks()

// On a phone the present tab may lie beyond the edge of its row.
for (const tab of document.querySelectorAll('.tabs a[aria-current]')) {
  const row = tab.closest('.tabs')
  if (row.scrollWidth > row.clientWidth) tab.scrollIntoView({ block: 'nearest', inline: 'center' })
}

startCharts()
