// The Health tab: checks, figures, who is connected, what was set aside.
import { bdi, el, setText, stateDot } from './dom.js'
import { clockOf, count, figure, isNumber, span } from './format.js'

const WORDS = { '': 'well', w: 'strained', x: 'failing', o: 'off' }

function checkNode({ label, value, note, state }) {
  const is = el('div', 'is', stateDot(state ?? '', WORDS), bdi(value), ...(note ? [el('small', '', bdi(note))] : []))
  is.title = [value, note].filter(Boolean).join(', ')
  return el('div', '', el('div', 'what', label), is)
}

function clientRow({ id, via, sent, behind }) {
  const late = isNumber(behind) ? behind > 0 : Boolean(behind) && behind !== '0'
  const name = el('td', '', bdi(id))
  name.title = id
  return el(
    'tr',
    '',
    name,
    el('td', 'dim', String(via ?? '')),
    el('td', 'num', count(sent)),
    el('td', `num ${late ? 'warn' : 'muted'}`, isNumber(behind) ? count(behind) : String(behind ?? '')),
  )
}

function rejectedItem({ time, source, reason, raw }) {
  const head = el(
    'div',
    'row small',
    bdi(source),
    el('span', 'grow'),
    el('span', 'dim', clockOf(time)),
  )
  const item = el('li', '', head, el('div', 'why', bdi(reason)))
  if (raw) item.append(el('pre', '', String(raw)))
  return item
}

export class Health {
  constructor(root) {
    const part = id => root.querySelector(`#${id}`)
    this.figures = [...root.querySelectorAll('[data-figure]')]
    this.checks = part('checks')
    this.clients = part('client-rows')
    this.clientsSub = part('clients-sub')
    this.rejected = part('rejected')
    this.rejectedSub = part('rejected-sub')
    this.shown = {}
  }

  update(health) {
    this.last = health
    const { checks = [], clients = [], rejected = [], rejected_total: total = 0, figures = {} } = health
    const uptime = isNumber(figures.uptime_s)
      ? [{ label: 'Uptime', value: span(figures.uptime_s), note: '', state: '' }]
      : []
    const all = checks.some(check => check.label === 'Uptime') ? checks : [...checks, ...uptime]
    this.redraw('checks', all, checkNode)
    this.redraw('clients', clients, clientRow)
    // A part that can be scrolled is a stop for the keyboard; where nothing is to be seen, none.
    const part = this.clients.closest('.sideways') ?? this.clients.closest('table')
    part.hidden = !clients.length
    this.redraw('rejected', rejected, rejectedItem)
    this.rejected.hidden = !rejected.length
    setText(this.clientsSub, clients.length ? `${count(clients.length)} connected` : 'none is connected')
    setText(this.rejectedSub, total ? `${count(total)} set aside, with the reason` : 'nothing was set aside')
    for (const node of this.figures) setText(node, figure(figures[node.dataset.figure]))
  }

  /** The zone of its times is another now. */
  retell() {
    delete this.shown.rejected
    if (this.last) this.update(this.last)
  }

  redraw(name, items, draw) {
    const state = JSON.stringify(items)
    if (state === this.shown[name]) return
    this.shown[name] = state
    this[name].replaceChildren(...items.map(draw))
  }
}
