// Everything on the page that says how things stand: pill, banner, totals, match count, footer, new-events bar.
import { icon, setText } from './dom.js'
import { clock, clockOf, count, span } from './format.js'
import { Banner, Pill } from './pill.js'

const byId = id => document.getElementById(id)

const REFUSALS = {
  unreachable: 'The event source is unreachable: publishing answers 503',
  'read-only': 'The event source takes no writes: publishing answers 503',
}

export class StatusView {
  constructor(app, { signal, onretry }) {
    Object.assign(this, {
      app,
      status: {},
      held: { count: 0, since: null },
      lost: null,
      paused: false,
      attached: false,
      updatedAt: null,
      state: null,
      stateSince: Date.now(),
    })
    this.pill = new Pill(byId('pill'))
    this.banner = new Banner(byId('banner'), { signal, onretry })
    const timer = setInterval(() => this.tick(), 1000)
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  set(changes) {
    Object.assign(this, changes)
    this.draw()
  }

  get isEmpty() {
    return this.status.empty === true
  }

  /** Why nothing can be published now, or nothing. */
  get refusal() {
    return REFUSALS[this.status.source?.state] ?? ''
  }

  /** While figures stand still, the time from which they are. */
  get asOf() {
    const { source } = this.status
    return source?.state === 'unreachable' && source.since ? clockOf(source.since) : ''
  }

  draw() {
    const { status, paused, lost, held } = this
    const source = this.attached ? (status.source?.state ?? 'starting') : 'starting'
    const state = this.pill.update({
      lost: lost !== null,
      attempts: lost,
      source,
      paused,
      held: held.count,
      rate: status.rate,
      waiting: this.isEmpty,
    })
    this.app.dataset.state = this.isEmpty ? 'empty' : state
    if (state !== this.state) Object.assign(this, { state, stateSince: Date.now() })
    this.banner.update(status.source)
    this.drawTotals()
    this.drawMatched()
    this.drawHeld()
    this.drawPause()
    this.tick()
  }

  drawTotals() {
    const { total, clients, agents, overload } = this.status
    setText(byId('total'), count(total))
    setText(byId('clients'), count(clients))
    setText(byId('clients-word'), clients === 1 ? 'client' : 'clients')
    byId('agent-count').hidden = agents === undefined
    setText(byId('agent-count'), count(agents))
    byId('overload').hidden = !overload
    setText(byId('overload'), overload ? `newest ${count(overload.shown)} of ${count(overload.of)} a second` : '')
    const { refusal } = this
    for (const node of this.app.querySelectorAll('[data-act=test]')) {
      node.disabled = refusal !== ''
      node.title = refusal || 'Publish a test event'
    }
  }

  drawMatched() {
    const { matched, searched, exact } = this.status
    if (matched === undefined) return
    const number = document.createElement('b')
    number.textContent = count(matched)
    byId('matched').replaceChildren(number, ` of ${count(searched)} ${exact === false ? 'retained ' : ''}events match`)
  }

  /** In the flow only when one has just paused; else it lies over the head, so that no row moves under the pointer. */
  drawHeld() {
    const bar = byId('newbar')
    const { count: waiting, since, isLeast } = this.held
    bar.hidden = !this.paused && !waiting
    bar.dataset.mode = this.paused ? 'bar' : 'pill'
    setText(bar.querySelector('b'), waiting ? `${count(waiting)}${isLeast ? '+' : ''} new event${waiting === 1 ? '' : 's'}` : 'Paused')
    setText(
      bar.querySelector('i'),
      waiting ? `${this.paused ? `since ${clock(since)[0]}, ` : ''}show them` : 'nothing new yet',
    )
  }

  drawPause() {
    const button = byId('pause')
    if (button.dataset.paused === String(this.paused)) return
    button.dataset.paused = String(this.paused)
    button.classList.toggle('primary', this.paused)
    button.setAttribute('aria-pressed', String(this.paused))
    button.firstElementChild.replaceWith(icon(this.paused ? 'play' : 'pause'))
    setText(button.querySelector('.label'), this.paused ? 'Resume' : 'Pause')
  }

  drawShown(rows, isDeep) {
    setText(byId('shown'), rows ? `${isDeep ? '' : 'Newest '}${count(rows)} shown` : '')
  }

  tick() {
    setText(byId('updated'), this.updatedAt === null ? '' : `updated ${span((Date.now() - this.updatedAt) / 1000)} ago`)
    this.banner.update(this.status.source)
  }
}
