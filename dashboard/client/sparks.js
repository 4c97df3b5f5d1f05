// Small charts in SVG: each says one thing and has no axes.
import { svg } from './dom.js'
import { isNumber } from './format.js'

const TONES = { '': 'var(--accent-2)', warn: 'var(--warn-dot)', bad: 'var(--bad-dot)' }
const AGENTS_A_ROW = 7

const toneOf = chart => TONES[chart.tone] ?? TONES['']
const at = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`

function frame(width, height, ...children) {
  return svg(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', fill: 'none' },
    ...children,
  )
}

function line(x1, y1, x2, y2, stroke, extra = {}) {
  return svg('path', { d: `M${at(x1, y1)}L${at(x2, y2)}`, stroke, ...extra })
}

function rect(x, y, width, height, fill) {
  return svg('rect', {
    x: x.toFixed(1),
    y: y.toFixed(1),
    width: Math.max(0, width).toFixed(1),
    height: Math.max(0, height).toFixed(1),
    fill,
  })
}

export function sparkline(chart, width = 84, height = 28) {
  const values = (chart.values ?? []).filter(isNumber)
  if (values.length < 2) return blank(width, height)
  const all = isNumber(chart.target) ? [...values, chart.target] : values
  const low = Math.min(...all) * 0.92
  const high = Math.max(chart.max ?? 0, ...all) * 1.02 || 1
  const y = value => height - 2 - ((value - low) / (high - low || 1)) * (height - 5)
  const points = values.map((value, index) => at(1 + (index * (width - 4)) / (values.length - 1), y(value)))
  const colour = toneOf(chart)
  const [endX, endY] = points.at(-1).split(' ')
  const target = isNumber(chart.target)
    ? [line(0, y(chart.target), width, y(chart.target), 'var(--ink-3)', { 'stroke-dasharray': '2 3', opacity: 0.6 })]
    : []
  return frame(
    width,
    height,
    ...target,
    svg('path', { d: `M${points.join('L')}L${endX} ${height}L1 ${height}Z`, fill: colour, opacity: 0.14 }),
    svg('path', { d: `M${points.join('L')}`, stroke: colour, 'stroke-width': 1.5, 'stroke-linejoin': 'round' }),
    svg('circle', { cx: endX, cy: endY, r: 2, fill: colour }),
  )
}

export function blank(width = 84, height = 28) {
  return frame(
    width,
    height,
    line(0, height - 6, width, height - 6, 'var(--line-2)', { 'stroke-dasharray': '2 4', 'stroke-width': 1.5 }),
  )
}

function dot(state, x, y) {
  if (state === 'o') return svg('circle', { cx: x, cy: y, r: 3, stroke: 'var(--ink-3)', 'stroke-width': 1.5 })
  if (state === 'x') return svg('path', { d: `M${at(x, y - 4.8)}l4.8 4.8-4.8 4.8-4.8-4.8z`, fill: 'var(--bad-dot)' })
  if (state === 'w') return svg('path', { d: `M${at(x, y - 4)}l4.4 7.6h-8.8z`, fill: 'var(--warn-dot)' })
  return svg('circle', { cx: x, cy: y, r: 3.5, fill: 'var(--accent-2)' })
}

/** One dot an agent, at most two rows; the loud ones come first when not all fit. */
function dots({ values = [] }, width = 84, height = 28) {
  const most = 2 * AGENTS_A_ROW
  const order = { x: 0, w: 1, '': 2, o: 3 }
  const shown =
    values.length > most ? [...values].sort((a, b) => (order[a] ?? 2) - (order[b] ?? 2)).slice(0, most) : values
  const columns = Math.min(AGENTS_A_ROW, shown.length)
  return frame(
    width,
    height,
    ...shown.map((state, index) => {
      const x = width - 5 - (columns - 1 - (index % AGENTS_A_ROW)) * 12
      return dot(state, x, shown.length > AGENTS_A_ROW ? 8 + Math.floor(index / AGENTS_A_ROW) * 13 : 14)
    }),
  )
}

function bullet({ values = [], target, max }, width = 84, height = 28) {
  const full = max || (target ? target * 1.25 : 1)
  const x = value => Math.min(1, Math.max(0, value / full)) * width
  const parts = [rect(0, height - 12, width, 8, 'var(--well)')]
  if (isNumber(target)) parts.push(rect(0, height - 12, x(target), 8, 'var(--line-2)'))
  if (isNumber(values[0]))
    parts.push(rect(0, height - 10, x(values[0]), 4, values[0] > target ? 'var(--bad-dot)' : 'var(--accent)'))
  if (isNumber(target)) {
    parts.push(line(x(target), height - 16, x(target), height, 'var(--ink-2)', { 'stroke-width': 1.5 }))
    parts.push(svg('text', { x: x(target).toFixed(1), y: height - 20, 'text-anchor': 'middle' }, String(target)))
  }
  return frame(width, height, ...parts)
}

function bars(chart, width = 84, height = 28) {
  const values = chart.values ?? []
  const most = Math.max(chart.max ?? 0, ...values.filter(isNumber), 1)
  const step = width / Math.max(1, values.length)
  const colour = TONES[chart.tone || 'warn']
  return frame(
    width,
    height,
    ...values.map((value, index) => {
      const tall = value > 0 ? Math.max(3, (value / most) * (height - 4)) : 2
      return rect(
        index * step,
        height - 2 - (value > 0 ? tall : 0),
        step - 1.5,
        tall,
        value > 0 ? colour : 'var(--line-2)',
      )
    }),
  )
}

const DRAW = { line: sparkline, dots, bullet, bars }

export function spark(chart) {
  const draw = chart && Object.hasOwn(DRAW, chart.kind) ? DRAW[chart.kind] : null
  return draw && chart.values?.length ? draw(chart) : blank()
}

/** p50 as a ring, p95 as a tick, on a logarithmic scale that all rows share. */
export function latencySpan(p50, p95, { low, high, slow }, width = 144, height = 24) {
  const x = ms => 4 + (Math.log(Math.min(high, Math.max(low, ms)) / low) / Math.log(high / low || Math.E)) * (width - 8)
  const middle = height / 2
  const colour = slow ? TONES.warn : TONES['']
  return frame(
    width,
    height,
    line(0, middle, width, middle, 'var(--line-2)'),
    rect(x(p50), middle - 3, x(p95) - x(p50), 6, colour),
    svg('circle', {
      cx: x(p50).toFixed(1),
      cy: middle,
      r: 4,
      fill: 'var(--glass-solid)',
      stroke: colour,
      'stroke-width': 2,
    }),
    line(x(p95), middle - 6, x(p95), middle + 6, colour, { 'stroke-width': 2 }),
  )
}
