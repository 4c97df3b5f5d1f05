// One row of the live table: made once, filled again and again.
import { el, glyph, glyphId, icon, retarget, setText } from './dom.js'
import { clock, duration } from './format.js'
import { kindOf } from './kinds.js'

/** Columns of an event, in the order in which they arrive. */
export const COLUMNS = ['id', 'ts', 'priority', 'type', 'source', 'agent', 'action', 'text', 'dur', 'slow']
export const [ID, TS, PRIORITY, TYPE, SOURCE, AGENT, ACTION, TEXT, DUR, SLOW] = COLUMNS.keys()

function cell(className, ...children) {
  const node = el('div', `ev-cell ${className}`, ...children)
  node.setAttribute('role', 'gridcell')
  return node
}

export function makeRow() {
  const parts = {
    time: new Text(),
    ms: el('u'),
    glyph: glyph('normal'),
    icon: icon('other'),
    type: el('bdi'),
    source: el('bdi'),
    to: el('bdi'),
    agent: el('bdi'),
    action: el('bdi'),
    text: el('bdi'),
    took: el('em'),
  }
  parts.pill = el('span', 'type', parts.icon, parts.type)
  parts.arrow = el('span', 'to', icon('right', 'xs'), parts.to)
  parts.arrow.setAttribute('aria-hidden', 'true')
  parts.glyph.setAttribute('role', 'img')
  parts.glyph.removeAttribute('aria-hidden')
  const row = el(
    'div',
    'ev',
    cell('c-time', parts.time, parts.ms),
    cell('c-prio', parts.glyph),
    cell('c-type', parts.pill),
    cell('c-source', parts.source, parts.arrow),
    cell('c-agent', parts.agent),
    cell('c-text', el('span', '', el('b', '', parts.action), ' ', parts.text), parts.took),
  )
  row.setAttribute('role', 'row')
  return { node: row, parts, id: null, index: -1, selected: null }
}

export function fillRow(row, event) {
  const { parts, node } = row
  const [time, ms] = clock(event[TS])
  row.id = event[ID]
  node.id = `ev-${event[ID]}`
  parts.time.data = time
  setText(parts.ms, ms)
  setText(parts.type, event[TYPE])
  setText(parts.source, event[SOURCE])
  setText(parts.agent, event[AGENT])
  setText(parts.action, event[ACTION])
  setText(parts.text, event[TEXT])
  setText(parts.took, duration(event[DUR]))
  parts.took.classList.toggle('slow', Boolean(event[SLOW]))
  setText(parts.to, event[AGENT])
  parts.arrow.hidden = event[AGENT] === event[SOURCE]
  fillKind(parts, event[TYPE])
  fillPriority(row, event[PRIORITY])
}

function fillKind(parts, type) {
  const kind = kindOf(type)
  if (parts.kind === kind) return
  parts.kind = kind
  parts.pill.className = `type kind-${kind}`
  retarget(parts.icon, `i-${kind}`)
}

function fillPriority({ parts, node }, priority) {
  if (parts.priority === priority) return
  parts.priority = priority
  retarget(parts.glyph, glyphId(priority))
  parts.glyph.setAttribute('aria-label', priority)
  node.classList.toggle('critical', priority === 'critical')
}
