// The details of the connection pill: how things stand and since when, and what the truth meter has measured.
import { bdi, el, setText } from './dom.js'
import { clock, clockOf, count, duration, span } from './format.js'

const STATES = { connected: 'connected', unreachable: 'unreachable', starting: 'starting' }

const timeOf = ms => clock(ms)[0]
const figure = ms => (ms === undefined ? '–' : duration(Math.round(ms)))

function sourceText({ state, since } = {}) {
  if (!state) return 'not known yet'
  return `${STATES[state] ?? state}${since ? ` since ${clockOf(since)}` : ''}`
}

/** Whose clock is ahead, and how far that can be told. */
export function clockText(told) {
  if (!told) return 'The clocks have not been compared yet.'
  const within = `±\u00a0${duration(told.error)}`
  if (Math.abs(told.ahead) <= told.error) return `The clocks here and at the server agree, ${within}.`
  return `The server's clock is ${duration(Math.abs(told.ahead))} ${told.ahead > 0 ? 'ahead' : 'behind'}, corrected ${within}.`
}

export function rowsText({ streamed, leftOut }, overload) {
  if (overload) return `newest ${count(overload.shown)} of ${count(overload.of)} a second`
  if (!streamed) return 'none yet'
  return leftOut ? `${count(streamed)} of ${count(streamed + leftOut)} that passed` : `all ${count(streamed)} that passed`
}

class Connection {
  constructor(page, root) {
    Object.assign(this, { page, root })
    this.word = el('b')
    this.since = el('span', 'muted')
    this.facts = Object.fromEntries(['Events', 'Source', 'Rows', 'Held', 'Reconnects'].map(name => [name, el('dd')]))
    this.figures = Object.fromEntries(['p50', 'p95', 'p99'].map(name => [name, el('b', '', '–')]))
    this.basis = el('p', 'small muted')
    this.clocks = el('p', 'small muted')
    const facts = Object.entries(this.facts).flatMap(([name, node]) => [el('dt', '', name), node])
    const figures = Object.entries(this.figures).map(([name, node]) => el('div', '', el('span', '', name), node))
    root.replaceChildren(
      el('p', 'row', this.word, this.since),
      el('dl', 'facts', ...facts),
      el('h2', '', 'Publish to painted, in this browser'),
      el('div', 'figures', ...figures),
      this.basis,
      this.clocks,
      el('p', 'small dim', 'Measured from the time in an event’s id, which its source gives, to its row on this screen.'),
    )
  }

  fill() {
    const { status, meter } = this.page
    setText(this.word, document.querySelector('#pill b').textContent)
    setText(this.since, `since ${timeOf(status.stateSince)}, ${span((Date.now() - status.stateSince) / 1000)}`)
    this.tellFacts(status, meter)
    this.tellFigures(meter)
  }

  tellFacts({ status, held }, meter) {
    const { source, rate, overload } = status
    setText(this.facts.Events, `${count(rate)} a second`)
    this.facts.Source.replaceChildren(bdi(source?.name ?? ''), `, ${sourceText(source)}`)
    setText(this.facts.Rows, rowsText(meter, overload))
    setText(this.facts.Held, held.count ? `${count(held.count)} since ${timeOf(held.since)}` : 'none')
    const { reconnects, reconnectedAt } = this.page.feed
    setText(this.facts.Reconnects, reconnects ? `${count(reconnects)}, the last at ${timeOf(reconnectedAt)}` : 'none')
  }

  tellFigures(meter) {
    const { samples, last, ...shares } = meter.figures
    for (const [name, node] of Object.entries(this.figures)) setText(node, figure(shares[name]))
    setText(
      this.basis,
      samples
        ? `Last ${figure(last)}. Of the last ${count(samples)} row${samples === 1 ? '' : 's'} painted as they came.`
        : 'No row has been painted as it came: none has come, or the table was held.',
    )
    setText(this.clocks, clockText(meter.clock))
  }

  update() {
    if (document.getElementById('pill').getAttribute('aria-expanded') === 'true') this.fill()
  }
}

export const make = (page, root) => new Connection(page, root)
