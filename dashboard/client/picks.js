// The names of one kind in the filter sheet of the phone: what is chosen first, a few at first, and a box that narrows them.
import { bdi, button, el, icon, setText } from './dom.js'
import { count } from './format.js'
import { kindOf } from './kinds.js'
import { FILTER_FROM, folded } from './menu.js'
import { toggled } from './query.js'

const SHOWN_AT_FIRST = 8
const MOST_FOUND = 100

export class PickList {
  /** `onchoose` gets the list of what is chosen. */
  constructor({ title, withIcon = false, onchoose }) {
    Object.assign(this, { withIcon, onchoose, picks: new Map(), isWhole: false, chosen: [], known: [] })
    this.told = el('span')
    this.filter = el('input', 'menu-filter')
    Object.assign(this.filter, { type: 'text', placeholder: 'Narrow the list', spellcheck: false })
    this.filter.setAttribute('aria-label', `Narrow the list: ${title}`)
    this.filter.addEventListener('input', () => this.show())
    this.options = el('div', 'options')
    this.more = button('pick', '', () => this.showAll())
    this.empty = el('p', 'menu-none', 'None here.')
    this.node = el('section', '', el('h3', '', title, this.told), this.filter, this.options, this.empty)
  }

  /** Names keep their places; only counts and checks change. */
  update(entries, chosen) {
    const counts = new Map(entries)
    this.chosen = chosen
    this.known = [...new Set([...this.picks.keys(), ...chosen, ...counts.keys()])]
    for (const name of this.known) {
      const pick = this.picks.get(name) ?? this.add(name)
      setText(pick.count, count(counts.get(name) ?? 0))
      pick.node.setAttribute('aria-pressed', String(!chosen.length || chosen.includes(name)))
    }
    this.filter.hidden = this.known.length <= FILTER_FROM
    setText(this.told, chosen.length ? `${chosen.length} of ${this.known.length}` : 'all')
    this.show()
  }

  add(name) {
    const kind = kindOf(name)
    const number = el('i')
    const node = button(`pick kind-${kind}`, '', () => this.flip(name), bdi(name), number)
    if (this.withIcon) node.prepend(icon(kind, 'xs'))
    const pick = { node, count: number, folded: folded(name) }
    this.picks.set(name, pick)
    return pick
  }

  flip(name) {
    this.onchoose(toggled(this.chosen, this.known, name))
  }

  showAll() {
    this.isWhole = true
    this.show()
  }

  show() {
    const text = folded(this.filter.value)
    const found = this.known.filter(name => this.picks.get(name).folded.includes(text))
    const most = this.isWhole ? found.length : text ? MOST_FOUND : SHOWN_AT_FIRST
    const nodes = found.slice(0, most).map(name => this.picks.get(name).node)
    setText(this.more, `${count(found.length - nodes.length)} more`)
    if (nodes.length < found.length) nodes.push(this.more)
    this.empty.hidden = found.length > 0
    const { children } = this.options
    // Put anew, a name that is being pressed would lose the focus.
    if (nodes.length !== children.length || nodes.some((node, n) => node !== children[n]))
      this.options.replaceChildren(...nodes)
  }
}
