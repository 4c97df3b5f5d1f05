// The few ways in which this page makes nodes. Text enters as text nodes alone.
import { kindOf, PRIORITIES } from './kinds.js'

const SVG = 'http://www.w3.org/2000/svg'

export function el(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}

/** A symbol of the sprite; `retarget` shows another one in its place. */
function symbol(id, className) {
  return svg('svg', { class: className, 'aria-hidden': 'true' }, svg('use', { href: `#${id}` }))
}

export function retarget(node, id) {
  node.firstChild.setAttribute('href', `#${id}`)
}

export const icon = (name, size = '') => symbol(`i-${name}`, `i ${size}`)

export const glyphId = priority => `g-${PRIORITIES.includes(priority) ? priority : 'normal'}`

export const glyph = priority => symbol(glyphId(priority), 'g')

/** Text of unknown direction, kept from turning its surroundings around. */
export const bdi = text => el('bdi', '', String(text ?? ''))

export function typePill(type) {
  const kind = kindOf(type)
  return el('span', `type kind-${kind}`, icon(kind), bdi(type))
}

export function priorityLabel(priority) {
  const name = PRIORITIES.includes(priority) ? priority : 'normal'
  return el('span', `prio prio-${name}`, glyph(name), capital(name))
}

export function stateDot(state, words = { '': 'healthy', w: 'slow', x: 'failing', o: 'quiet' }) {
  const name = Object.hasOwn(words, state) ? state : ''
  const dot = el('span', `state state-${name || 'ok'}`)
  dot.setAttribute('role', 'img')
  dot.setAttribute('aria-label', words[name])
  return dot
}

export function button(className, label, onclick, ...children) {
  const node = el('button', className, ...children)
  node.type = 'button'
  if (label) node.setAttribute('aria-label', label)
  if (onclick) node.addEventListener('click', onclick)
  return node
}

/** Writes only what changed: a text node that is set again costs a layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

export function press(container, value) {
  for (const node of container.querySelectorAll('[data-value]')) {
    node.setAttribute('aria-pressed', String(node.dataset.value === value))
  }
}

export const capital = word => word.charAt(0).toUpperCase() + word.slice(1)
