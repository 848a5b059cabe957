// A table wider than a narrow place becomes a list: what a row is about and its figure on the first line, the rest
// beneath, each with the word of its column. Where a table fits, and without scripts, it stays a table.

import { findAll, visible } from './dom.js'

const NARROW = 560
const isFigure = (cell) => cell.matches('.cell-number') || Boolean(cell.querySelector('.money, .amount'))
const NOTHING = /^[–—-]?$/

function words(table) {
  return findAll('thead tr:last-child > *', table).map((head) => {
    const arrow = head.querySelector('.sort-arrow')?.textContent ?? ''
    return head.matches('.select-cell') ? '' : head.textContent.replace(arrow, '').trim()
  })
}

// What a row is about: its header, else the first cell that is neither a box nor a figure nor a day.
function titleOf(cells) {
  const plain = cells.filter((cell) => !cell.matches('.select-cell') && visible(cell))
  return plain.find((cell) => cell.matches('th')) ?? plain.find((cell) => !isFigure(cell) && !cell.matches('.cell-date, .cell-moment')) ?? plain[0]
}

function markRow(row, heads) {
  const cells = [...row.children]
  if (cells.some((cell) => cell.colSpan > 1)) return
  const title = titleOf(cells)
  const figures = cells.filter((cell) => cell !== title && isFigure(cell) && visible(cell))
  const figure = figures.findLast((cell) => cell.matches('.weight-1')) ?? figures.at(-1)
  cells.forEach((cell, at) => {
    cell.setAttribute('role', cell.matches('th') ? 'rowheader' : 'cell')
    cell.classList.toggle('is-title', cell === title)
    cell.classList.toggle('is-figure', cell === figure)
    cell.classList.toggle('is-empty', NOTHING.test(cell.textContent.trim()) && !cell.querySelector('input, svg, img, button, a'))
    // A name and a status say themselves what they are, and so does the one amount of a row.
    const speaks = isFigure(cell)
      ? cell === figure && figures.length < 3 && Boolean(cell.querySelector('.money, .amount'))
      : Boolean(cell.querySelector('.status, .party, a, button, p, div, svg'))
    if (heads[at] && cell !== title && !speaks) cell.dataset.label = heads[at]
    else delete cell.dataset.label
  })
  row.classList.add('is-stacked')
  row.setAttribute('role', 'row')
}

function stack(table) {
  const heads = words(table)
  for (const row of findAll('tbody > tr:not(.is-stacked), tfoot > tr:not(.is-stacked)', table)) markRow(row, heads)
  table.setAttribute('role', 'table')
  for (const part of table.tBodies) part.setAttribute('role', 'rowgroup')
  table.classList.add('is-stack')
}

function unstack(table) {
  table.classList.remove('is-stack')
  for (const row of findAll('.is-stacked', table)) row.classList.remove('is-stacked')
}

function fit(frame) {
  const table = frame.querySelector(':scope > table.table')
  if (!table || frame.closest('.figure-tools')) return
  if (table.matches('.is-stack') && frame.clientWidth > NARROW) unstack(table)
  if (table.matches('.is-stack')) stack(table)
  else if (frame.clientWidth && frame.clientWidth <= NARROW && frame.scrollWidth > frame.clientWidth + 1) stack(table)
}

export function startStacks() {
  const seen = new WeakSet()
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)))
  const look = () => {
    for (const frame of findAll('.table-scroll')) {
      if (!seen.has(frame)) watch.observe(frame)
      seen.add(frame)
      fit(frame)
    }
  }
  document.addEventListener('htmx:afterSwap', look)
  document.fonts?.ready.then(look)
  look()
}
