// One line at the foot of the page after an action, with Undo where the record can be reversed. They come with the
// page, out of band (hx-swap-oob="beforeend:#toasts"), or by the header HX-Trigger: {"toast": {"text", "undo"}}.

import { find, findAll, word } from './dom.js'

const PLAIN_MS = 6000
const UNDO_MS = 12000

function leave(toast) {
  if (toast.matches(':hover, :focus-within')) setTimeout(() => leave(toast), 2000)
  else toast.remove()
}

function watch(toast) {
  if (toast.dataset.watched) return
  toast.dataset.watched = 'true'
  if (toast.dataset.stay === undefined) setTimeout(() => leave(toast), find('form', toast) ? UNDO_MS : PLAIN_MS)
}

export function showToast({ text, undo }) {
  const template = find('#toast-template')
  const region = find('#toasts')
  if (!template || !region || !text) return
  const toast = template.content.firstElementChild.cloneNode(true)
  find('[data-text]', toast).textContent = text
  const form = find('form', toast)
  if (undo) form.setAttribute('action', undo)
  else form.remove()
  region.append(toast)
  watch(toast)
}

export function startToasts() {
  findAll('.toast').forEach(watch)
  document.addEventListener('htmx:afterSettle', () => findAll('.toast').forEach(watch))
  document.addEventListener('toast', (event) => showToast(event.detail))
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-close-toast]')) event.target.closest('.toast').remove()
  })
  document.addEventListener('htmx:sendError', () => showToast({ text: word('no-connection') }))
  document.addEventListener('htmx:timeout', () => showToast({ text: word('too-slow') }))
  document.addEventListener('htmx:responseError', (event) => {
    if (event.detail.target?.id !== 'panel-body') showToast({ text: word('failed') })
  })
}
