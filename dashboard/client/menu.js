// A multi-select in the browser's own popover: top layer, Esc, light dismissal and focus return come with it.
import { bdi, button, el, icon, setText } from './dom.js'
import { count } from './format.js'
import { toggled } from './query.js'

const FILTER_FROM = 12
const MARGIN = 8
const GAP = 6

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
    popover.addEventListener('toggle', event => this.toggled(event.newState === 'open'), { signal })
    this.list.addEventListener('click', event => this.click(event), { signal })
    this.popover.addEventListener('keydown', event => this.key(event), { signal })
    this.filter.addEventListener('input', () => this.narrow(), { signal })
    signal.addEventListener('abort', () => popover.replaceChildren())
  }

  build() {
    this.head = el('div', 'menu-head')
    this.filter = el('input', 'menu-filter')
    Object.assign(this.filter, { type: 'text', placeholder: 'Narrow the list', spellcheck: false })
    this.filter.setAttribute('aria-label', `Narrow the list of ${this.label}`)
    this.list = el('div', 'menu-list')
    this.list.setAttribute('role', 'listbox')
    this.list.setAttribute('aria-multiselectable', 'true')
    this.list.setAttribute('aria-label', this.label)
    this.empty = el('p', 'menu-none', 'None here.')
    const all = button('btn ghost tiny', '', () => this.set([]), 'All')
    const none = button('btn ghost tiny', '', () => this.set([], true), 'None')
    const foot = el('div', 'menu-foot', all, none, el('span', 'grow'), el('kbd', 'kbd', 'Esc'))
    this.popover.replaceChildren(this.head, this.filter, this.list, this.empty, foot)
  }

  get isOpen() {
    return this.opener.getAttribute('aria-expanded') === 'true'
  }

  get known() {
    const names = this.entries.map(([name]) => name)
    return [...names, ...this.chosen.filter(name => !names.includes(name))]
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
    if (!open) {
      this.none = false
      return
    }
    this.options.clear()
    this.list.replaceChildren()
    this.filter.value = ''
    this.refresh()
    const first = this.filter.hidden ? this.list.querySelector('.option') : this.filter
    first?.focus()
  }

  /** Options keep their places while the menu is open; only counts and checks change. */
  refresh() {
    const counts = new Map(this.entries)
    for (const name of new Set([...this.options.keys(), ...this.known])) {
      const option = this.options.get(name) ?? this.add(name)
      const on = this.chosen.length ? this.chosen.includes(name) : !this.none
      option.node.setAttribute('aria-selected', String(on))
      setText(option.count, count(counts.get(name) ?? 0))
    }
    this.filter.hidden = this.options.size <= FILTER_FROM
    this.narrow()
  }

  add(name) {
    const number = el('span', 'n')
    const only = el('span', 'only', 'only')
    only.setAttribute('aria-hidden', 'true')
    const node = el('div', 'option', el('span', 'check', icon('check', 'xs')), this.draw(name), only, number)
    node.setAttribute('role', 'option')
    node.tabIndex = this.options.size ? -1 : 0
    this.list.append(node)
    const option = { name, node, count: number }
    this.options.set(name, option)
    return option
  }

  narrow() {
    const text = this.filter.value.toLowerCase()
    let shown = 0
    for (const { name, node } of this.options.values()) {
      node.hidden = !name.toLowerCase().includes(text)
      if (!node.hidden) shown += 1
    }
    this.empty.hidden = shown > 0
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
    const shown = [...this.options.values()].filter(option => !option.node.hidden)
    const here = shown.findIndex(option => option.node === document.activeElement)
    const target = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: shown.length - 1 }[event.key]
    const typing = event.target === this.filter
    if (target !== undefined && !(typing && event.key !== 'ArrowDown')) {
      event.preventDefault()
      shown.at(Math.min(target, shown.length - 1))?.node.focus()
    } else if (here >= 0 && (event.key === ' ' || event.key === 'Enter')) {
      event.preventDefault()
      this.flip(shown[here].name)
    } else if (here >= 0 && event.key === 'o') this.set([shown[here].name])
  }
}
