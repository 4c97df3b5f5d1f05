// The filters of the phone: the same state as the filter card, in a sheet from below.
import { RANGES } from './chips.js'
import { bdi, button, capital, el, glyph, icon } from './dom.js'
import { FieldInputs } from './fields.js'
import { count } from './format.js'
import { kindOf, PRIORITIES } from './kinds.js'
import { cleared, toggled, withList, withRange } from './query.js'

const SHOWN_AT_FIRST = 8

export class FilterSheet {
  constructor(dialog, { signal, onfilters, oncustom }) {
    Object.assign(this, { dialog, onfilters, oncustom, state: null, all: new Set() })
    dialog.addEventListener('click', event => event.target === dialog && dialog.close(), { signal })
    signal.addEventListener('abort', () => dialog.replaceChildren())
  }

  open(state) {
    this.all.clear()
    this.build(state)
    this.dialog.showModal()
  }

  update(state) {
    const changed = this.state && JSON.stringify(state.filters) !== JSON.stringify(this.state.filters)
    if (this.dialog.open && changed) this.build(state)
  }

  set(filters) {
    this.onfilters(filters)
    this.build({ ...this.state, filters })
  }

  build(state) {
    this.state = state
    const { filters, fields, matched } = state
    const scrolled = this.dialog.querySelector('.sheet-body')?.scrollTop ?? 0
    const close = () => this.dialog.close()
    const body = el(
      'div',
      'sheet-body',
      this.ranges(),
      this.priorities(),
      this.list('Type', 'event_types', 'types'),
      this.list('Source', 'sources', 'sources'),
    )
    if (fields.length) body.append(this.extra(fields, filters))
    this.dialog.replaceChildren(
      el('div', 'grab'),
      el(
        'div',
        'row sheet-head',
        el('h2', '', 'Filters'),
        el('span', 'grow'),
        button('btn ghost', '', () => this.set(cleared(filters, RANGES)), 'Clear all'),
        button('btn ghost icon', 'Close', close, icon('x')),
      ),
      body,
      el(
        'div',
        'sheet-foot',
        button('btn primary', '', close, matched === undefined ? 'Show events' : `Show ${count(matched)} events`),
      ),
    )
    body.scrollTop = scrolled
  }

  ranges() {
    const range = this.state.filters.time_range ?? 'all'
    const bar = el('div', 'seg')
    for (const value of [...RANGES, 'custom']) {
      const segment = button(
        '',
        '',
        () => this.chooseRange(value),
        value === 'all' || value === 'custom' ? capital(value) : value,
      )
      segment.setAttribute('aria-pressed', String(value === (typeof range === 'string' ? range : 'custom')))
      bar.append(segment)
    }
    return el('section', '', el('h3', '', 'Time range'), bar)
  }

  chooseRange(value) {
    if (value !== 'custom') return this.set(withRange(this.state.filters, value))
    this.dialog.close()
    this.oncustom()
  }

  priorities() {
    const { filters, facets } = this.state
    const chosen = filters.priority ?? []
    const grid = el('div', 'four')
    for (const name of [...PRIORITIES].reverse()) {
      const flip = () => this.set(withList(filters, 'priority', toggled(chosen, PRIORITIES, name)))
      const node = button(
        'toggle',
        '',
        flip,
        glyph(name),
        el('span', 'word', capital(name)),
        el('span', 'n', count(facets.priorities?.[name])),
      )
      node.setAttribute('aria-pressed', String(!chosen.length || chosen.includes(name)))
      grid.append(node)
    }
    return el('section', '', el('h3', '', 'Priority'), grid)
  }

  list(title, key, facet) {
    const { filters, facets } = this.state
    const entries = facets[facet] ?? []
    const chosen = filters[key] ?? []
    const known = [...new Set([...entries.map(([name]) => name), ...chosen])]
    const counts = new Map(entries)
    const shown = this.all.has(key) ? known : known.slice(0, SHOWN_AT_FIRST)
    const options = el(
      'div',
      'options',
      ...shown.map(name => this.pick({ name, key, chosen, known, number: counts.get(name) ?? 0 })),
    )
    if (shown.length < known.length)
      options.append(button('pick', '', () => this.showAll(key), `${known.length - shown.length} more`))
    const heading = el('h3', '', title, el('span', '', chosen.length ? `${chosen.length} of ${known.length}` : 'all'))
    return el('section', '', heading, options)
  }

  pick({ name, key, chosen, known, number }) {
    const kind = kindOf(name)
    const flip = () => this.set(withList(this.state.filters, key, toggled(chosen, known, name)))
    const node = button(`pick kind-${kind}`, '', flip, bdi(name), el('i', '', count(number)))
    if (key === 'event_types') node.prepend(icon(kind, 'xs'))
    node.setAttribute('aria-pressed', String(!chosen.length || chosen.includes(name)))
    return node
  }

  showAll(key) {
    this.all.add(key)
    this.build(this.state)
  }

  extra(fields, filters) {
    const inputs = new FieldInputs(fields, changed => this.set(changed))
    inputs.update(filters)
    return el('section', '', el('h3', '', 'More'), ...inputs.nodes())
  }
}
