// One event beside the table: what it says, what led to it, and ways to go on from it.
import { bdi, button, el, glyph, icon, priorityLabel, typePill } from './dom.js'
import { curlCommand, eventJson, eventLink } from './clipboard.js'
import { bytes, clock, clockOf, fullTime } from './format.js'
import { find, isLeaf, parse, valueText } from './json.js'
import { Payload, safely } from './payload.js'
import { around, fieldTerm, withList, withRange, withTerm } from './query.js'
import { Trace } from './trace.js'
import { zoneName } from './zone.js'

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

function correlationIn({ data }) {
  const node = safely(() => find(parse(data), 'correlation_id'))
  return node && isLeaf(node) ? valueText(node, data) : ''
}

export class Drawer {
  /** `onfilter` gets a function from filters to filters. */
  constructor(root, { signal, onfilter, oncopy, onopen, onstep, onclose }) {
    Object.assign(this, { root, onfilter, oncopy, onopen, onstep, onclose })
    this.forget()
    signal.addEventListener('abort', () => this.clear())
  }

  /** Says what the table knows until the detail arrives. */
  preview(event) {
    const [, ts, priority, type, source, agent, action, text] = event
    const known = { id: event[0], event_type: type, priority, source, timestamp: new Date(ts).toISOString() }
    this.forget()
    this.render({ event: known, agent, title: [action, text].filter(Boolean).join(' ') }, [])
  }

  show(detail) {
    const { trace, trace_total: total, ...rest } = detail
    const state = JSON.stringify(rest)
    const told = JSON.stringify([trace, total])
    const isSame = state === this.shown
    if (isSame && told === this.told) return
    // An event never changes; only what came of it does.
    if (isSame) this.showTrace(detail)
    else if (detail.missing) this.renderMissing(detail)
    else this.render(detail, this.parts(detail))
    Object.assign(this, { shown: state, told })
  }

  showTrace(detail) {
    const focused = document.activeElement?.closest('.trace button')?.dataset.id
    this.root.querySelector('.trace')?.closest('.part').remove()
    const part = this.tracePart(detail)
    if (!part) return
    this.root.querySelector('.drawer-body').prepend(part)
    if (focused !== undefined) [...part.querySelectorAll('.trace button')].find(node => node.dataset.id === focused)?.focus()
  }

  clear() {
    this.forget()
    this.root.replaceChildren()
  }

  /** Nothing goes on for an event that is not shown. */
  forget() {
    Object.assign(this, { shown: null, told: null, event: null, missing: null })
    this.ticking?.abort()
    this.payload?.stop()
    this.payload = null
  }

  render(detail, parts) {
    this.event = detail.event
    this.put(this.head(detail), el('div', 'drawer-body', ...parts))
  }

  /** Who has the keys in the drawer keeps them: on the same button, else where it begins. */
  put(...parts) {
    const hadKeys = this.root.contains(document.activeElement)
    const label = document.activeElement?.getAttribute('aria-label')
    this.root.replaceChildren(el('div', 'grab'), ...parts)
    if (!hadKeys) return
    const buttons = [...this.root.querySelectorAll('.drawer-head button')]
    const same = buttons.find(node => label && node.getAttribute('aria-label') === label)
    ;(same ?? buttons[0]).focus()
  }

  renderMissing(detail) {
    const { event, reason, at, since } = detail
    const { id } = event
    this.forget()
    this.missing = detail
    this.event = { id }
    const part = el('section', 'part', el('p', 'drawer-note', missingWords(reason, at, since)))
    if (at && reason !== 'away') {
      const near = () => this.onfilter(filters => withRange(filters, around(at, AROUND_S)))
      part.append(el('div', 'by', button('', '', near, el('i', '', 'around'), `${clockOf(at)} ± 1 min`)))
    }
    const head = el('div', 'drawer-head', el('div', 'row', el('span', 'mono', id), el('span', 'grow'), ...this.moves()))
    this.put(head, el('div', 'drawer-body', part))
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
    this.when = el('dd')
    this.when.title = event.timestamp
    this.tellTime()
    const fact = (name, value, className = '') => {
      const node = el('dd', className, bdi(value))
      node.title = value ?? ''
      return [el('dt', '', name), node]
    }
    return el(
      'dl',
      'facts',
      el('dt', '', 'Time'),
      this.when,
      ...fact('Agent', agent || event.source),
      ...fact('Id', event.id, 'mono'),
      ...fact('Source', event.source),
    )
  }

  tellTime() {
    const at = Date.parse(this.event.timestamp)
    this.when.replaceChildren(clock(at).join(''), ' ', el('span', 'dim', zoneName(at)))
  }

  /** The zone is another now; what is open and loaded stays. */
  retell() {
    if (this.missing) this.renderMissing(this.missing)
    else if (this.event) this.tellTime()
  }

  copies(event, size) {
    const ways = [
      ['copy', 'JSON', 'JSON', eventJson],
      ['copy', 'curl', 'curl command', curlCommand],
      ['link', 'Link', 'Link', ({ id }) => eventLink(id)],
    ]
    const buttons = ways.map(([sign, name, what, write]) => {
      const needsData = write !== ways[2][3]
      const node = button('btn tiny', '', () => this.copyEvent(what, write, needsData), icon(sign, 's'), name)
      node.disabled = needsData && event.data === undefined
      return node
    })
    return el('div', 'row drawer-copy', ...buttons, el('span', 'grow'), el('span', 'small dim', bytes(size)))
  }

  /** Data that was not sent is fetched first. */
  async copyEvent(what, write, needsData) {
    const { event, payload } = this
    if (!needsData || !payload.isCut) return this.oncopy(write({ ...event, data: payload?.text ?? event.data }), what)
    try {
      this.oncopy(write({ ...event, data: await payload.whole() }), what)
    } catch {
      // Why is said where the data would be.
    }
  }

  parts(detail) {
    this.forget()
    const { event, agent, cut } = detail
    const onfilter = change => this.onfilter(change)
    this.payload = new Payload(event, cut, { onfilter, oncopy: (text, what) => this.oncopy(text, what) })
    const correlation = correlationIn(event) || detail.correlation
    const parts = [this.payload.node, this.filterPart(traits(event, agent, correlation))]
    const trace = this.tracePart(detail, correlation)
    return trace ? [trace, ...parts] : parts
  }

  tracePart({ event, trace, trace_total: total, ...detail }, correlation = correlationIn(event) || detail.correlation) {
    this.ticking?.abort()
    if (!trace?.length) return null
    this.ticking = new AbortController()
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
    const list = new Trace(trace, id => this.onopen(id))
    list.follow(this.ticking.signal)
    return el('section', 'part', heading, list.node)
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
