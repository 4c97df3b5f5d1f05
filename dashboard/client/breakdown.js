// Analytics in HTML: shares by priority, and sources by number of events. A click filters.
import { bdi, button, capital, el, glyph } from './dom.js'
import { count, percent } from './format.js'

const SHOWN_SOURCES = 9

export class Breakdown {
  constructor({ shares, sources, onpriority, onsource }) {
    Object.assign(this, { shares, sources, onpriority, onsource, shown: {} })
  }

  updateShares({ priorities = [] }) {
    if (!this.changed('shares', priorities)) return
    this.shares.replaceChildren(
      ...priorities.map(({ name, count: number, share }) => {
        const open = () => this.onpriority(name)
        return el(
          'li',
          '',
          button(
            '',
            '',
            open,
            glyph(name),
            el('span', '', capital(name)),
            el('span', '', count(number)),
            el('span', 'share', percent(share)),
          ),
        )
      }),
    )
  }

  updateSources(entries, chosen) {
    if (!this.changed('sources', [entries.slice(0, SHOWN_SOURCES), chosen])) return
    const most = Math.max(1, ...entries.map(([, number]) => number))
    this.sources.replaceChildren(
      ...entries.slice(0, SHOWN_SOURCES).map(([name, number]) => this.bar(name, number, most, chosen)),
    )
  }

  bar(name, number, most, chosen) {
    const fill = el('span', 'fill')
    fill.style.width = `${(number / most) * 100}%`
    const node = button(
      '',
      '',
      () => this.onsource(name),
      bdi(name),
      el('span', 'track', fill),
      el('span', 'num', count(number)),
    )
    node.title = name
    node.setAttribute('aria-pressed', String(!chosen.length || chosen.includes(name)))
    return el('li', '', node)
  }

  changed(name, value) {
    const state = JSON.stringify(value)
    if (state === this.shown[name]) return false
    this.shown[name] = state
    return true
  }
}
