// Charts come with their page as JSON; the library that draws them is fetched the first time one is in view.

import { findAll, word } from './dom.js'

let library = null
const drawn = new Map()

const load = () => (library ??= import(document.querySelector('meta[name="charts"]').content))

async function draw(place) {
  const { drawChart } = await load()
  if (!place.isConnected || drawn.has(place)) return
  drawn.set(place, drawChart(place))
  sized.observe(place)
}

// A chart follows its place, whatever made the place wider or narrower.
const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize()
})

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue
    seen.unobserve(target)
    draw(target)
  }
}, { rootMargin: '200px' })

function look() {
  for (const [place, chart] of drawn) {
    if (!place.isConnected) {
      sized.unobserve(place)
      chart.dispose()
      drawn.delete(place)
    }
  }
  for (const place of findAll('[data-chart]')) if (!drawn.has(place)) seen.observe(place)
}

function redraw() {
  for (const chart of drawn.values()) chart.restyle()
}

function save(name, blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

export function startCharts() {
  look()
  document.addEventListener('htmx:afterSettle', look)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] })
  addEventListener('beforeprint', () => findAll('[data-chart]').forEach(draw))
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-save-chart]')
    const place = button?.closest('.figure')?.querySelector('[data-chart]')
    if (!place) return
    await draw(place)
    const name = place.dataset.name || word('chart') || 'chart'
    if (button.dataset.saveChart === 'png') save(`${name}.png`, await drawn.get(place).picture())
    else save(`${name}.csv`, drawn.get(place).table())
  })
}
