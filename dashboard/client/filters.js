// The filter card: what is set, and callbacks with what shall be set.
import { chipsOf, rangeText, renderChips } from './chips.js'
import { setText, typePill } from './dom.js'
import { FieldInputs } from './fields.js'
import { span } from './format.js'
import { MultiSelect, place } from './menu.js'
import { PRIORITIES } from './kinds.js'
import { toggled, withList, withRange } from './query.js'
import { RangeControl } from './range.js'

const TYPING_MS = 80
const HALF_TYPED_MS = 400

const byId = id => document.getElementById(id)

const UNITS = { s: 's', m: 'min', h: 'h', d: 'days' }

export function withinText(range) {
  if (!range || range === 'all') return 'of all events retained'
  if (typeof range !== 'string') return `from ${rangeText(range)}`
  return `with events in the last ${range.slice(0, -1)} ${UNITS[range.at(-1)] ?? ''}`
}

export class FilterBar {
  /** `onleave` is told when one has done with searching. */
  constructor({ signal, onfilters, onsheet, onleave = () => this.search.blur() }) {
    Object.assign(this, { signal, onfilters, onleave, filters: {}, facets: {}, fields: [], typing: null, more: false })
    this.search = byId('search')
    this.listenSearch(signal)
    this.types = this.select('types', 'Types', typePill, 'event_types')
    this.sources = this.select('sources', 'Sources', undefined, 'sources')
    this.range = new RangeControl(byId('range'), byId('range-menu'), {
      signal,
      onchange: range => this.set(withRange(this.filters, range)),
    })
    byId('priorities').addEventListener('click', event => this.flipPriority(event.target.closest('[data-value]')), {
      signal,
    })
    byId('sheet-button').addEventListener('click', onsheet, { signal })
    byId('syntax').addEventListener('click', event => this.tryExample(event.target.closest('[data-example]')), { signal })
    place(byId('syntax'), document.querySelector('[popovertarget=syntax]'), signal)
    place(byId('fields-menu'), byId('fields-button'), signal)
    signal.addEventListener('abort', () => {
      this.stopTyping()
      clearTimeout(this.telling)
    })
  }

  select(id, label, draw, key) {
    const onchange = names => this.set(withList(this.filters, key, names))
    return new MultiSelect(byId(`${id}-button`), byId(`${id}-menu`), { label, draw, signal: this.signal, onchange })
  }

  listenSearch(signal) {
    this.search.addEventListener('input', () => this.typed(), { signal })
    this.search.addEventListener(
      'keydown',
      event => {
        if (event.key === 'Enter') this.applySearch()
        if (event.key === 'Escape') this.onleave()
      },
      { signal },
    )
  }

  /** An example of the help is added to what is searched for, and can be changed there. */
  tryExample(node) {
    if (!node) return
    byId('syntax').hidePopover()
    this.search.value = [this.search.value.trim(), node.dataset.example].filter(Boolean).join(' ')
    this.search.focus()
    this.applySearch()
  }

  /** The first letter is sent at once, and what follows after so long a time at most. */
  typed() {
    if (this.typing !== null) {
      this.more = true
      return
    }
    this.applySearch()
    this.more = false
    this.typing = setTimeout(() => {
      this.typing = null
      if (this.more) this.typed()
    }, TYPING_MS)
  }

  stopTyping() {
    clearTimeout(this.typing)
    this.typing = null
  }

  /** What is set from now on is newer than what was being typed. */
  dropTyping() {
    this.stopTyping()
    this.search.blur()
  }

  applySearch() {
    this.stopTyping()
    if (this.search.value !== (this.filters.search ?? '')) this.set({ ...this.filters, search: this.search.value })
  }

  /** Shown at once; the server's normalised filter follows. */
  set(filters) {
    this.update({ filters })
    this.onfilters(filters)
  }

  flipPriority(node) {
    if (node)
      this.set(withList(this.filters, 'priority', toggled(this.filters.priority ?? [], PRIORITIES, node.dataset.value)))
  }

  update({ filters = this.filters, facets = this.facets, fields = this.fields }) {
    if (fields !== this.fields || !this.inputs) this.buildFields(fields)
    Object.assign(this, { filters, facets, fields })
    this.showLists()
    this.showPriorities()
    this.range.update(filters.time_range)
    this.inputs.update(filters)
    // What is being typed is newer than what comes back.
    if (this.typing === null && document.activeElement !== this.search) this.search.value = filters.search ?? ''
    this.showChips()
    this.showBars()
  }

  showBars() {
    const { bar_s: bar } = this.facets
    if (bar) setText(byId('bars'), `${bar < 10 ? `${bar} s` : span(bar)} per bar, drag to select a time range`)
  }

  showLists() {
    const within = withinText(this.filters.time_range)
    this.types.update({ entries: this.facets.types ?? [], chosen: this.filters.event_types ?? [], within })
    this.sources.update({ entries: this.facets.sources ?? [], chosen: this.filters.sources ?? [], within })
  }

  showPriorities() {
    const chosen = this.filters.priority ?? []
    for (const node of byId('priorities').children) {
      node.setAttribute('aria-pressed', String(!chosen.length || chosen.includes(node.dataset.value)))
    }
  }

  /** The zone is another now. */
  retell() {
    this.shownChips = null
    this.update({})
  }

  showChips() {
    const chips = chipsOf(this.filters, this.fields)
    const state = JSON.stringify([this.filters, this.fields])
    if (state === this.shownChips) return
    this.shownChips = state
    const list = byId('chips')
    const hadKeys = list.contains(document.activeElement) && document.activeElement.matches(':focus-visible')
    renderChips(list, chips, this.filters, filters => this.clearTo(filters))
    if (hadKeys) (chips.length ? list.querySelector('button') : this.search).focus()
    setText(byId('sheet-button').querySelector('.count'), chips.length ? String(chips.length) : '')
  }

  clearTo(filters) {
    this.stopTyping()
    this.search.value = filters.search ?? ''
    this.set(filters)
  }

  buildFields(fields) {
    this.inputs = new FieldInputs(fields, filters => this.set(filters))
    byId('fields-menu').replaceChildren(...this.inputs.nodes())
    byId('fields-button').hidden = !fields.length
  }

  /** What is half typed is often no filter yet: a fault is told to whoever stays with it. */
  showError(message) {
    clearTimeout(this.telling)
    const isTyped = document.activeElement === this.search && byId('search-error').hidden
    if (message && isTyped) this.telling = setTimeout(() => this.tell(message), HALF_TYPED_MS)
    else this.tell(message)
  }

  tell(message) {
    setText(byId('search-error'), message)
    byId('search-error').hidden = !message
    byId('search-box').classList.toggle('invalid', Boolean(message))
    this.search.setAttribute('aria-invalid', String(Boolean(message)))
  }
}
