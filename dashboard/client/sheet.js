// The filters of the phone: the same state as the filter card, in a sheet from below.
import { RANGES } from './chips.js'
import { button, capital, el, glyph, icon, press, setText } from './dom.js'
import { FieldInputs } from './fields.js'
import { count } from './format.js'
import { PRIORITIES } from './kinds.js'
import { PickList } from './picks.js'
import { cleared, toggled, withList, withRange } from './query.js'

export class FilterSheet {
  constructor(dialog, { signal, onfilters, oncustom }) {
    Object.assign(this, { dialog, onfilters, oncustom, state: null })
    dialog.addEventListener('click', event => event.target === dialog && dialog.close(), { signal })
    signal.addEventListener('abort', () => dialog.replaceChildren())
  }

  open(state) {
    this.state = state
    this.build()
    this.refresh(state)
    this.dialog.showModal()
  }

  update(state) {
    if (this.dialog.open) this.refresh(state)
  }

  set(filters) {
    this.onfilters(filters)
    this.refresh({ ...this.state, filters })
  }

  build() {
    const close = () => this.dialog.close()
    const choose = key => names => this.set(withList(this.state.filters, key, names))
    this.types = new PickList({ title: 'Type', withIcon: true, onchoose: choose('event_types') })
    this.sources = new PickList({ title: 'Source', onchoose: choose('sources') })
    this.inputs = new FieldInputs(this.state.fields, changed => this.set(changed))
    this.matched = button('btn primary', '', close)
    const body = el('div', 'sheet-body', this.ranges(), this.priorities(), this.types.node, this.sources.node)
    if (this.state.fields.length) body.append(el('section', '', el('h3', '', 'More'), ...this.inputs.nodes()))
    this.dialog.replaceChildren(
      el('div', 'grab'),
      el(
        'div',
        'row sheet-head',
        el('h2', '', 'Filters'),
        el('span', 'grow'),
        button('btn ghost', '', () => this.set(cleared(this.state.filters, RANGES)), 'Clear all'),
        button('btn ghost icon', 'Close', close, icon('x')),
      ),
      body,
      el('div', 'sheet-foot', this.matched),
    )
  }

  /** In place: what is under a finger stays there. */
  refresh(state) {
    this.state = state
    const { filters, facets, matched } = state
    const { time_range: range = 'all', priority = [] } = filters
    press(this.bar, typeof range === 'string' ? range : 'custom')
    for (const node of this.grid.children) {
      const { value } = node.dataset
      node.setAttribute('aria-pressed', String(!priority.length || priority.includes(value)))
      setText(node.lastChild, count(facets.priorities?.[value]))
    }
    this.types.update(facets.types ?? [], filters.event_types ?? [])
    this.sources.update(facets.sources ?? [], filters.sources ?? [])
    this.inputs.update(filters)
    setText(this.matched, matched === undefined ? 'Show events' : `Show ${count(matched)} events`)
  }

  ranges() {
    this.bar = el('div', 'seg')
    for (const value of [...RANGES, 'custom']) {
      const text = value === 'all' || value === 'custom' ? capital(value) : value
      const segment = button('', '', () => this.chooseRange(value), text)
      segment.dataset.value = value
      this.bar.append(segment)
    }
    return el('section', '', el('h3', '', 'Time range'), this.bar)
  }

  chooseRange(value) {
    if (value !== 'custom') return this.set(withRange(this.state.filters, value))
    this.dialog.close()
    this.oncustom()
  }

  priorities() {
    this.grid = el('div', 'four')
    for (const name of [...PRIORITIES].reverse()) {
      const node = button(
        'toggle',
        '',
        () => this.flipPriority(name),
        glyph(name),
        el('span', 'word', capital(name)),
        el('span', 'n'),
      )
      node.dataset.value = name
      this.grid.append(node)
    }
    return el('section', '', el('h3', '', 'Priority'), this.grid)
  }

  flipPriority(name) {
    const { filters } = this.state
    this.set(withList(filters, 'priority', toggled(filters.priority ?? [], PRIORITIES, name)))
  }
}
