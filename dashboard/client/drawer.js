// One event beside the table: what it says, what led to it, and ways to go on from it.
import { bdi, button, capital, el, glyph, icon, press, priorityLabel, typePill } from './dom.js'
import { curlCommand, eventJson, eventLink } from './clipboard.js'
import { bytes, clock, clockOf } from './format.js'
import { find, isLeaf, parse, pretty, valueText } from './json.js'
import { around, fieldTerm, withList, withRange, withTerm } from './query.js'
import { traceList } from './trace.js'
import { JsonTree } from './tree.js'

const AROUND_S = 60

/** Filters which single out one trait of the event: [label, text, filters => filters]. */
export function traits(event, agent, correlation) {
  const list = [
    ['type', event.event_type, filters => withList(filters, 'event_types', [event.event_type])],
    ['source', event.source, filters => withList(filters, 'sources', [event.source])],
  ]
  if (agent && agent !== event.source)
    list.push(['agent', agent, filters => withTerm(filters, fieldTerm(['data', 'agent'], agent))])
  list.push(['priority', event.priority, filters => withList(filters, 'priority', [event.priority])])
  if (correlation)
    list.push([
      'correlation',
      correlation,
      filters => withTerm(filters, fieldTerm(['data', 'correlation_id'], correlation)),
    ])
  list.push(['around', '± 1 min', filters => withRange(filters, around(event.timestamp, AROUND_S))])
  return list
}

/** Why there is nothing to show for an id. */
function missingWords(reason, at, since) {
  if (reason === 'away') return 'The event source is unreachable, and this event is not in memory. It shows once the source is back.'
  const when = at ? `It came at ${fullTime(at)}. ` : ''
  if (reason === 'unknown') return `No event with this id is retained${at ? `, though others of ${fullTime(at)} may be` : ''}.`
  const oldest = since ? ` The oldest that is retained came at ${fullTime(since)}.` : ''
  return `This event is no longer retained. ${when}Newer events have taken its place.${oldest}`
}

const fullTime = iso => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`

function safely(read) {
  try {
    return read()
  } catch {
    return null
  }
}

export class Drawer {
  /** `onfilter` gets a function from filters to filters. */
  constructor(root, { signal, onfilter, oncopy, onopen, onstep, onclose }) {
    Object.assign(this, { root, onfilter, oncopy, onopen, onstep, onclose, shown: null })
    signal.addEventListener('abort', () => root.replaceChildren())
  }

  /** Says what the table knows until the detail arrives. */
  preview(event) {
    const [, ts, priority, type, source, agent, action, text] = event
    const known = { id: event[0], event_type: type, priority, source, timestamp: new Date(ts).toISOString() }
    this.render({ event: known, agent, title: [action, text].filter(Boolean).join(' ') }, [])
  }

  show(detail) {
    const state = JSON.stringify(detail)
    if (state === this.shown) return
    const sameEvent = this.event?.id === detail.event?.id
    const scrolled = sameEvent ? this.root.querySelector('.drawer-body')?.scrollTop : 0
    if (detail.missing) this.renderMissing(detail)
    else this.render(detail, this.parts(detail))
    this.shown = state
    const body = this.root.querySelector('.drawer-body')
    if (body && scrolled) body.scrollTop = scrolled
  }

  clear() {
    this.shown = null
    this.event = null
    this.root.replaceChildren()
  }

  render(detail, parts) {
    this.shown = null
    this.event = detail.event
    this.root.replaceChildren(el('div', 'grab'), this.head(detail), el('div', 'drawer-body', ...parts))
  }

  renderMissing({ event, reason, at, since }) {
    const { id } = event
    this.event = { id }
    const part = el('section', 'part', el('p', 'drawer-note', missingWords(reason, at, since)))
    if (at && reason !== 'away') {
      const near = () => this.onfilter(filters => withRange(filters, around(at, AROUND_S)))
      part.append(el('div', 'by', button('', '', near, el('i', '', 'around'), `${clockOf(at)} ± 1 min`)))
    }
    const head = el('div', 'drawer-head', el('div', 'row', el('span', 'mono', id), el('span', 'grow'), ...this.moves()))
    this.root.replaceChildren(el('div', 'grab'), head, el('div', 'drawer-body', part))
  }

  moves() {
    return [
      button('btn ghost tiny icon', 'Newer event', () => this.onstep(-1), icon('previous', 's')),
      button('btn ghost tiny icon', 'Older event', () => this.onstep(1), icon('next', 's')),
      button('btn ghost tiny icon', 'Close detail', () => this.onclose(), icon('x', 's')),
    ]
  }

  head({ event, agent, title, bytes: size }) {
    const heading = el('h2', 'drawer-title', bdi(title || event.event_type))
    const line = el(
      'div',
      'row',
      typePill(event.event_type),
      priorityLabel(event.priority),
      el('span', 'grow'),
      ...this.moves(),
    )
    return el('div', 'drawer-head', line, heading, this.facts(event, agent), this.copies(event, size))
  }

  facts(event, agent) {
    const [time, ms] = clock(Date.parse(event.timestamp))
    const when = el('dd', '', time + ms, ' ', el('span', 'dim', 'UTC'))
    when.title = event.timestamp
    const fact = (name, value, className = '') => {
      const node = el('dd', className, bdi(value))
      node.title = value ?? ''
      return [el('dt', '', name), node]
    }
    return el(
      'dl',
      'facts',
      el('dt', '', 'Time'),
      when,
      ...fact('Agent', agent || event.source),
      ...fact('Id', event.id, 'mono'),
      ...fact('Source', event.source),
    )
  }

  copies(event, size) {
    const copy = (what, text) => () => this.oncopy(text(), what)
    const json = button(
      'btn tiny',
      '',
      copy('JSON', () => eventJson(event)),
      icon('copy', 's'),
      'JSON',
    )
    const curl = button(
      'btn tiny',
      '',
      copy('curl command', () => curlCommand(event)),
      icon('copy', 's'),
      'curl',
    )
    const link = button(
      'btn tiny',
      '',
      copy('Link', () => eventLink(event.id)),
      icon('link', 's'),
      'Link',
    )
    json.disabled = curl.disabled = event.data === undefined
    return el('div', 'row drawer-copy', json, curl, link, el('span', 'grow'), el('span', 'small dim', bytes(size)))
  }

  parts(detail) {
    const { event, agent, trace = [] } = detail
    const data = safely(() => parse(event.data))
    const correlationNode = data && find(data, 'correlation_id')
    const correlation = correlationNode && isLeaf(correlationNode) ? valueText(correlationNode, event.data) : ''
    const parts = [this.dataPart(event, data), this.filterPart(traits(event, agent, correlation))]
    return trace?.length ? [this.tracePart(detail, correlation), ...parts] : parts
  }

  tracePart({ trace, trace_total: total }, correlation) {
    const heading = el(
      'div',
      'part-head',
      el('h3', '', 'Request to response'),
      el('span', 'small dim', total ?? ''),
      el('span', 'grow'),
    )
    if (correlation) {
      const only = () => this.onfilter(filters => withTerm(filters, fieldTerm(['data', 'correlation_id'], correlation)))
      heading.append(button('btn ghost tiny', '', only, 'Show only these'))
    }
    return el(
      'section',
      'part',
      heading,
      traceList(trace, id => this.onopen(id)),
    )
  }

  dataPart(event, data) {
    const bar = el('div', 'seg tiny')
    const body = el('div', 'data-body')
    const draw = view => {
      press(bar, view)
      body.replaceChildren(
        view === 'tree' && data
          ? this.tree(data, event.data)
          : el('pre', 'json', data ? pretty(data) : String(event.data)),
      )
    }
    for (const view of data ? ['tree', 'raw'] : ['raw']) {
      const node = button('', '', () => draw(view), capital(view))
      node.dataset.value = view
      bar.append(node)
    }
    draw(data ? 'tree' : 'raw')
    return el('section', 'part', el('div', 'part-head', el('h3', '', 'Data'), el('span', 'grow'), bar), body)
  }

  tree(data, source) {
    const onfilter = (path, text) => this.onfilter(filters => withTerm(filters, fieldTerm(['data', ...path], text)))
    return new JsonTree(data, source, { label: 'Data', onfilter, oncopy: text => this.oncopy(text, 'Value') }).list
  }

  filterPart(list) {
    const buttons = list.map(([label, text, change]) => {
      const node = button('', '', () => this.onfilter(change), el('i', '', label), bdi(text))
      if (label === 'priority') node.insertBefore(glyph(text), node.lastChild)
      return node
    })
    return el('section', 'part', el('div', 'part-head', el('h3', '', 'Filter by this')), el('div', 'by', ...buttons))
  }
}
