// Lists: walking through rows, selection with its bulk bar, filters kept in the address, and after an action
// the focus on the next piece of work.

import { find, findAll, isTyping, visible } from './dom.js'

let lastIndex = -1

function rows() {
  const panel = find('#panel:not([hidden]) [data-rows]')
  const list = (panel && visible(panel) && panel.contains(document.activeElement) && panel) || find('#main [data-rows]')
  return list ? findAll('[data-row]', list).filter(visible) : []
}

export function activeRow() {
  return document.activeElement?.closest?.('[data-row]') ?? find('[data-row].is-active')
}

function activate(row) {
  for (const other of findAll('[data-row].is-active')) other.classList.remove('is-active')
  row.classList.add('is-active')
  row.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'nearest' })
  lastIndex = rows().indexOf(row)
}

export function move(step, starts = true) {
  const all = rows()
  if (!all.length) return false
  const at = all.indexOf(activeRow())
  if (at < 0 && !starts) return false
  const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))]
  activate(next)
  if (at === all.length - 1 && step > 0) find('[data-more]')?.click()
  const panel = find('#panel:not([hidden])')
  if (panel && next !== all[at]) find('a[data-panel]', next)?.click()
  return true
}

export function openRow() {
  const link = find('a[data-open], a[data-panel], a', activeRow() ?? document.createElement('p'))
  link?.click()
  return Boolean(link)
}

export function focusNextWork() {
  const all = rows()
  if (all.length) activate(all[Math.max(0, Math.min(lastIndex, all.length - 1))])
  else find('#main')?.focus()
}

function showSelection(form) {
  const chosen = findAll('tbody .select-cell input:checked', form).length
  const bar = find('.bulk', form)
  if (!bar) return
  bar.hidden = chosen === 0
  const digits = document.documentElement.dataset.numerals === 'arab' ? 'arab' : 'latn'
  const shown = new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: digits }).format(chosen)
  for (const place of findAll('[data-chosen]', bar)) place.textContent = shown
}

// An empty field says nothing, so it does not stand in the address.
function tidyAddress(address) {
  const url = new URL(address, location.href)
  for (const [name, value] of [...url.searchParams]) if (value === '') url.searchParams.delete(name, value)
  return url.pathname + url.search
}

export function startLists() {
  document.addEventListener('change', (event) => {
    const box = event.target
    if (!box.matches?.('.select-cell input')) return
    const form = box.closest('form, .table-block') ?? document
    if (box.matches('[data-all]')) {
      for (const one of findAll('tbody .select-cell input', form)) one.checked = box.checked
    }
    showSelection(form)
  })

  document.addEventListener('click', (event) => {
    const row = event.target.closest('[data-row]')
    if (!row || event.target.closest('a, button, input, label, summary, select, textarea')) return
    if (String(getSelection())) return
    activate(row)
    if (row.closest('[data-rows="open"]')) openRow()
  })

  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!form.matches('form[data-filters]')) return
    for (const field of findAll('input, select', form)) if (field.value === '') field.disabled = true
    setTimeout(() => findAll('input, select', form).forEach((field) => (field.disabled = false)))
  })

  document.addEventListener('change', (event) => {
    const form = event.target.form
    if (form?.matches('form[data-filters]') && event.target.matches('[data-apply]')) form.requestSubmit()
  })

  document.addEventListener('htmx:configRequest', (event) => {
    if (event.detail.verb !== 'get') return
    const form = event.target.closest?.('form[data-filters]')
    if (!form) return
    for (const [name, value] of [...event.detail.formData.entries()]) {
      if (value === '') event.detail.formData.delete(name)
    }
    form.closest('.table-block')?.classList.add('is-loading')
  })

  document.addEventListener('htmx:afterRequest', (event) => {
    const form = event.target.closest?.('form[data-filters]')
    if (!form || !event.detail.successful) return
    form.closest('.table-block')?.classList.remove('is-loading')
    history.replaceState({ list: true }, '', tidyAddress(event.detail.pathInfo.finalRequestPath))
  })

  document.addEventListener('focusin', (event) => {
    const row = event.target.closest('[data-row]')
    if (row) lastIndex = rows().indexOf(row)
  })

  document.addEventListener('htmx:afterSettle', () => {
    const wanted = findAll('[data-autofocus]').find(visible)
    if (wanted) {
      wanted.removeAttribute('data-autofocus')
      wanted.focus()
    } else if (lastIndex >= 0 && document.activeElement === document.body) {
      focusNextWork()
    }
  })

  // The server says a piece of work is done: HX-Trigger: work-done
  document.addEventListener('work-done', () => setTimeout(focusNextWork))

  // Ctrl+Enter sends the form one is writing in.
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && isTyping(event.target)) {
      event.target.form?.requestSubmit()
    }
  })
}
