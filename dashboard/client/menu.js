// A multi-select in the browser's own popover: top layer, Esc, light dismissal and focus return come with it.
import { bdi, button, el, icon, setText } from './dom.js'
import { count } from './format.js'
import { toggled } from './query.js'

export const FILTER_FROM = 12
const MARGIN = 8
const GAP = 6

/** As it is compared: neither case nor the way in which a letter was composed matters. */
export const folded = text => text.normalize('NFKC').toLowerCase()

/** Keeps an open popover under its button, whatever scrolls. */
export function place(popover, anchor, signal) {
  const move = () => {
    const from = anchor.getBoundingClientRect()
    const [right, bottom] = [
      window.innerWidth - popover.offsetWidth - MARGIN,
      window.innerHeight - popover.offsetHeight - MARGIN,
    ]
    // On the phone some openers are not shown: then the middle is as good a place as any.
    const [x, y] = from.width ? [from.left, from.bottom + GAP] : [right / 2, bottom / 2]
    popover.style.left = `${Math.max(MARGIN, Math.min(x, right))}px`
    popover.style.top = `${Math.max(MARGIN, Math.min(y, bottom))}px`
  }
  let open = null
  popover.addEventListener(
    'toggle',
    event => {
      const isOpen = event.newState === 'open'
      anchor.setAttribute('aria-expanded', String(isOpen))
      open?.abort()
      if (!isOpen) return
      open = new AbortController()
      move()
      // What stands in it may come later, or change.
      const observer = new ResizeObserver(move)
      observer.observe(popover)
      open.signal.addEventListener('abort', () => observer.disconnect())
      for (const type of ['scroll', 'resize'])
        window.addEventListener(type, move, { signal: AbortSignal.any([open.signal, signal]), passive: true })
    },
    { signal },
  )
}

export class MultiSelect {
  /** `entries` are [name, count] pairs; `chosen` is empty when nothing is restricted. */
  constructor(opener, popover, { label, draw = bdi, signal, onchange }) {
    Object.assign(this, {
      opener,
      popover,
      label,
      draw,
      onchange,
      entries: [],
      chosen: [],
      options: new Map(),
      none: false,
    })
    this.badge = opener.querySelector('.count')
    this.build()
    place(popover, opener, signal)
    // Filled before it shows, so that the first key already goes to what is in it.
    popover.addEventListener('beforetoggle', event => event.newState === 'open' && this.refresh(), { signal })
    popover.addEventListener('toggle', event => this.toggled(event.newState === 'open'), { signal })
    this.list.addEventListener('click', event => this.click(event), { signal })
    this.popover.addEventListener('keydown', event => this.key(event), { signal })
    this.filter.addEventListener('input', () => this.narrow(), { signal })
    signal.addEventListener('abort', () => popover.replaceChildren())
  }

  build() {
    this.head = el('div', 'menu-head')
    this.filter = el('input', 'menu-filter')
    Object.assign(this.filter, { type: 'text', placeholder: 'Narrow the list', spellcheck: false, autofocus: true })
    this.filter.setAttribute('aria-label', `Narrow the list of ${this.label}`)
    this.list = el('div', 'menu-list')
    this.list.id = `${this.popover.id}-list`
    this.filter.setAttribute('aria-controls', this.list.id)
    this.list.setAttribute('role', 'listbox')
    this.list.setAttribute('aria-multiselectable', 'true')
    this.list.setAttribute('aria-label', this.label)
    this.empty = el('p', 'menu-none', 'None here.')
    this.ways = [
      button('btn ghost tiny', '', () => this.set([]), 'All'),
      button('btn ghost tiny', '', () => this.set([], true), 'None'),
    ]
    this.onlyThese = button('btn ghost tiny', '', () => this.takeShown(), 'Only these')
    this.narrowed = el('span', 'grow dim small')
    this.narrowed.setAttribute('role', 'status')
    const foot = el('div', 'menu-foot', ...this.ways, this.onlyThese, this.narrowed, el('kbd', 'kbd', 'Esc'))
    this.popover.replaceChildren(this.head, this.filter, this.list, this.empty, foot)
  }

  get isOpen() {
    return this.opener.getAttribute('aria-expanded') === 'true'
  }

  /** What is chosen stands first: it is what one comes back for. */
  get known() {
    return [...new Set([...this.chosen, ...this.entries.map(([name]) => name)])]
  }

  update({ entries, chosen, within }) {
    Object.assign(this, { entries, chosen })
    if (chosen.length) this.none = false
    setText(this.head, `${this.label} ${within}`)
    this.tellCount()
    if (this.isOpen) this.refresh()
  }

  tellCount() {
    const known = this.known.length
    setText(this.badge, this.chosen.length ? `${this.chosen.length} of ${known}` : 'all')
    this.badge.classList.toggle('all', !this.chosen.length)
  }

  toggled(open) {
    if (!open) return this.reset()
    this.refresh()
    // It is told a moment after it shows: who has gone on in it since stays where he is.
    if (!this.popover.contains(document.activeElement)) this.enter()
  }

  enter() {
    const first = this.filter.hidden ? this.list.querySelector('.option') : this.filter
    first?.focus()
  }

  reset() {
    this.none = false
    this.options.clear()
    this.list.replaceChildren()
    this.filter.value = ''
    this.filter.hidden = false
  }

  /** Options keep their places while the menu is open; only counts and checks change. */
  refresh() {
    const wasEmpty = !this.options.size
    const counts = new Map(this.entries)
    const chosen = new Set(this.chosen)
    for (const name of new Set([...this.options.keys(), ...this.known])) {
      const option = this.options.get(name) ?? this.add(name)
      const on = chosen.size ? chosen.has(name) : !this.none
      option.node.setAttribute('aria-selected', String(on))
      setText(option.count, count(counts.get(name) ?? 0))
    }
    this.narrow()
    this.offerFilter(wasEmpty)
  }

  /** For many names, and for none: it may be opened, and typed in, before the first have come. */
  offerFilter(wasEmpty) {
    const hadFocus = document.activeElement === this.filter
    // Who has begun to type keeps it: the next letter would mean something else in the list.
    if (hadFocus && !wasEmpty) return
    const { size } = this.options
    this.filter.hidden = !this.filter.value && size > 0 && size <= FILTER_FROM
    if (hadFocus && this.filter.hidden) this.enter()
  }

  add(name) {
    const number = el('span', 'n')
    const only = el('span', 'only', 'only')
    only.setAttribute('aria-hidden', 'true')
    const node = el('div', 'option', el('span', 'check', icon('check', 'xs')), this.draw(name), only, number)
    node.setAttribute('role', 'option')
    node.title = name
    const isFirst = !this.options.size
    node.tabIndex = isFirst ? 0 : -1
    node.autofocus = isFirst
    this.list.append(node)
    const option = { name, node, count: number, folded: folded(name) }
    this.options.set(name, option)
    return option
  }

  get shown() {
    return [...this.options.values()].filter(option => !option.node.hidden)
  }

  narrow() {
    const text = folded(this.filter.value)
    for (const option of this.options.values()) option.node.hidden = !option.folded.includes(text)
    const shown = this.shown.length
    this.empty.hidden = shown > 0
    for (const way of this.ways) way.hidden = Boolean(text)
    this.onlyThese.hidden = !text || !shown
    setText(this.narrowed, text ? `${count(shown)} of ${count(this.options.size)}` : '')
  }

  /** Everything that the narrowed list shows, and nothing else. */
  takeShown() {
    const names = this.shown.map(({ name }) => name)
    if (names.length) this.set(names)
  }

  click(event) {
    const node = event.target.closest('.option')
    const option = [...this.options.values()].find(candidate => candidate.node === node)
    if (!option) return
    if (event.target.closest('.only')) this.set([option.name])
    else this.flip(option.name)
  }

  flip(name) {
    this.set(this.none ? [name] : toggled(this.chosen, this.known, name))
  }

  /** An empty list restricts nothing, so "None" is only a clean slate to choose from. */
  set(chosen, none = false) {
    this.none = none
    this.chosen = chosen
    this.tellCount()
    this.refresh()
    this.onchange(chosen)
  }

  key(event) {
    if (event.key === 'Escape' && this.filter.value) this.clear()
    else if (!(event.target === this.filter ? this.typed(event.key) : this.walked(event.key))) return
    event.preventDefault()
  }

  walked(key) {
    const { shown } = this
    const here = shown.findIndex(option => option.node === document.activeElement)
    const last = shown.length - 1
    const target = { ArrowDown: Math.min(here + 1, last), ArrowUp: here < 0 ? last : here - 1, Home: 0, End: last }[key]
    if (here === 0 && key === 'ArrowUp' && !this.filter.hidden) this.filter.focus()
    else if (target !== undefined) shown.at(target)?.node.focus()
    else if (here < 0) return false
    else if (key === ' ' || key === 'Enter') this.flip(shown[here].name)
    else if (key === 'o') this.set([shown[here].name])
    else return false
    return true
  }

  /** Keys with a meaning in the box; all others write in it. */
  typed(key) {
    if (key === 'ArrowDown') this.shown[0]?.node.focus()
    else if (key === 'Enter' && this.filter.value) this.takeShown()
    else return false
    return true
  }

  clear() {
    this.filter.value = ''
    this.narrow()
    this.filter.focus()
  }
}
