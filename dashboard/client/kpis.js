// The key figures: six tiles that stand in the page already.
import { el, setText } from './dom.js'
import { blank, spark } from './sparks.js'

const ARROWS = { '+': '▲', '▲': '▲', '-': '▼', '−': '▼', '▼': '▼' }
const TONES = ['ok', 'warn', 'bad']

function deltaText(delta) {
  const arrow = ARROWS[delta.charAt(0)]
  return arrow ? `${arrow} ${delta.slice(1).trim()}` : delta
}

export class Kpis {
  constructor(root) {
    this.tiles = new Map()
    for (const node of root.querySelectorAll('[data-key]')) this.tiles.set(node.dataset.key, this.tile(node))
  }

  tile(node) {
    const [label, value, note, chart] = ['dt', '.v', '.d', '.sp'].map(selector => node.querySelector(selector))
    const parts = {
      label,
      value,
      figure: el('span'),
      unit: el('small'),
      delta: el('b'),
      note: el('span', 'note'),
      chart,
      shown: '',
    }
    value.replaceChildren(parts.figure, parts.unit)
    note.replaceChildren(parts.delta, parts.note)
    setText(parts.figure, '–')
    setText(parts.note, 'waiting for events')
    chart.replaceChildren(blank())
    parts.delta.hidden = true
    return parts
  }

  /** `asOf` is the time from which the figures are, while the source is away. */
  update(kpis, asOf = '') {
    for (const kpi of kpis) {
      const tile = this.tiles.get(kpi.key)
      if (tile) this.fill(tile, kpi, asOf)
    }
  }

  fill(tile, { label, value, unit, delta, tone, note, chart }, asOf) {
    const isDelta = Boolean(delta) && !asOf
    if (label) setText(tile.label, label)
    setText(tile.figure, String(value ?? '–'))
    setText(tile.unit, unit ?? '')
    tile.value.classList.toggle('blank', value === '–')
    setText(tile.delta, isDelta ? deltaText(delta) : '')
    tile.delta.hidden = !isDelta
    tile.delta.className = TONES.includes(tone) ? tone : ''
    setText(tile.note, asOf ? `as of ${asOf}` : (note ?? ''))
    const state = JSON.stringify(chart ?? null)
    if (state === tile.shown) return
    tile.shown = state
    tile.chart.replaceChildren(spark(chart))
  }
}
