// A document for modules that expect a browser: jsdom, and what it lacks in the smallest form that behaves.
import { JSDOM } from 'jsdom'

const dom = new JSDOM('<!doctype html><html><body></body></html>', {
  url: 'http://dashboard.test/dashboard?search=a',
  pretendToBeVisual: true,
})
const { window } = dom

const NAMES = [
  'AbortController',
  'AbortSignal',
  'Event',
  'KeyboardEvent',
  'MouseEvent',
  'Node',
  'Option',
  'Text',
  'document',
  'getComputedStyle',
  'history',
  'localStorage',
  'location',
  'requestAnimationFrame',
  'window',
]
for (const name of NAMES)
  globalThis[name] =
    typeof window[name] === 'function' && /^[a-z]/.test(name) ? window[name].bind(window) : window[name]
Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true })

globalThis.ResizeObserver = class {
  observe() {}
  disconnect() {}
}

const prototype = window.HTMLElement.prototype

function toggle(node, newState) {
  node.dispatchEvent(Object.assign(new Event('beforetoggle'), { newState }))
  node.dataset.open = String(newState === 'open')
  node.dispatchEvent(Object.assign(new Event('toggle'), { newState }))
}
prototype.showPopover = function showPopover() {
  toggle(this, 'open')
}
prototype.hidePopover = function hidePopover() {
  if (this.dataset.open === 'true') toggle(this, 'closed')
}
window.HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true
}
window.HTMLDialogElement.prototype.close = function close() {
  this.open = false
}
window.scrollBy = () => {}

/** The body anew with this markup; ends what the last test left running. */
export function fill(html) {
  controller?.abort()
  controller = new AbortController()
  document.body.innerHTML = html
  return { body: document.body, signal: controller.signal }
}
let controller = null

export const frame = () => new Promise(resolve => requestAnimationFrame(() => resolve()))

export const click = node => node.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))

export function press(key, target = document.activeElement ?? document.body) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  target.dispatchEvent(event)
  return event
}

export const $ = (selector, root = document) => root.querySelector(selector)
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]
export const texts = (selector, root) => $$(selector, root).map(node => node.textContent)

/** What hostile publishers send, in any field. */
export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
  '__proto__',
  'constructor',
  '\u202Egnp.exe',
  '{{7*7}}',
  "'; DROP TABLE events; --",
  '\u0000\u0007',
  '',
]

/** No element came out of text: neither a script nor anything that can run one. */
export function injected(root = document.body) {
  const bad = $$('script, img, iframe, object, embed, link, style, svg[onload]', root)
  const handlers = $$('*', root).filter(node => [...node.attributes].some(({ name }) => name.startsWith('on')))
  return [...bad, ...handlers]
}
