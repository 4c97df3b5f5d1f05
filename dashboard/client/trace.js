// Request to response: every event of one correlation on one scale.
import { bdi, button, el, icon } from './dom.js'
import { duration, isNumber } from './format.js'
import { kindOf } from './kinds.js'

const SHORT_SHARE = 0.015

const endOf = step => step.start_ms + (isNumber(step.dur_ms) ? step.dur_ms : 0)

function tookText(step, first) {
  if (step.open) return 'open'
  if (isNumber(step.dur_ms)) return duration(step.dur_ms)
  return step === first ? 'start' : `+${duration(step.start_ms)}`
}

function bar(step, total) {
  const start = Math.min(1 - SHORT_SHARE, step.start_ms / total)
  const width = step.open ? 1 - start : Math.max(SHORT_SHARE, (endOf(step) - step.start_ms) / total)
  const span = el('span', step.open ? 'span open' : 'span')
  span.style.left = `${(start * 100).toFixed(2)}%`
  span.style.width = `${(Math.min(width, 1 - start) * 100).toFixed(2)}%`
  return el('span', 'scale', span)
}

export function traceList(steps, onopen) {
  const total = Math.max(...steps.map(endOf), 1)
  const items = steps.map(step => {
    const kind = kindOf(step.type)
    const who = el('span', 'who', el('b', '', bdi(step.step || step.type)), ' ', el('span', 'dim', bdi(step.who)))
    const took = el('span', 'took', step.label || tookText(step, steps[0]))
    const node = button(`kind-${kind}`, '', () => onopen(step.id), icon(kind), who, bar(step, total), took)
    if (step.current) node.setAttribute('aria-current', 'true')
    return el('li', '', node)
  })
  return el('ol', 'trace', ...items)
}
