// Request to response: every event of one correlation on one scale, and the age of a request that is still open.
import { bdi, button, el, icon } from './dom.js'
import { duration, isNumber, span } from './format.js'
import { kindOf } from './kinds.js'

const SHORT_SHARE = 0.015
const TICK_MS = 1000

const lessMotion = () => Boolean(globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches)

const ageOf = (step, now) => (step.open && isNumber(step.since_ms) ? Math.max(0, now - step.since_ms) : 0)

const endOf = (step, now) => step.start_ms + Math.max(isNumber(step.dur_ms) ? step.dur_ms : 0, ageOf(step, now))

const ageText = ms => (ms < 10_000 ? `${Math.floor(ms / 1000)} s` : span(Math.floor(ms / 1000)))

function tookText(step, first, now) {
  if (step.open) return isNumber(step.since_ms) ? `open ${ageText(ageOf(step, now))}` : 'open'
  if (isNumber(step.dur_ms)) return duration(step.dur_ms)
  return step === first ? 'start' : `+${duration(step.start_ms)}`
}

export class Trace {
  constructor(steps, onopen, now = Date.now()) {
    this.steps = steps
    this.isOpen = steps.some(step => step.open)
    this.lines = steps.map(step => this.line(step, onopen))
    this.node = el('ol', this.isOpen ? 'trace has-open' : 'trace', ...this.lines.map(({ node }) => el('li', '', node)))
    this.layOut(now)
    this.tell(now)
  }

  line(step, onopen) {
    const kind = kindOf(step.type)
    const who = el('span', 'who', el('b', '', bdi(step.step || step.type)), ' ', el('span', 'dim', bdi(step.who)))
    const took = el('span', step.open ? 'took open' : 'took')
    const span = el('span', step.open ? 'span open' : 'span')
    const node = button(`kind-${kind}`, '', () => onopen(step.id), icon(kind), who, el('span', 'scale', span), took)
    node.dataset.id = step.id
    if (step.current) node.setAttribute('aria-current', 'true')
    return { step, node, took, span }
  }

  layOut(now) {
    const total = Math.max(...this.steps.map(step => endOf(step, now)), 1)
    for (const { step, span } of this.lines) {
      const start = Math.min(1 - SHORT_SHARE, step.start_ms / total)
      const width = step.open ? 1 - start : Math.max(SHORT_SHARE, (endOf(step, now) - step.start_ms) / total)
      span.style.left = `${(start * 100).toFixed(2)}%`
      span.style.width = `${(Math.min(width, 1 - start) * 100).toFixed(2)}%`
    }
  }

  tell(now) {
    for (const { step, took } of this.lines) {
      const text = step.label || tookText(step, this.steps[0], now)
      if (took.textContent !== text) took.textContent = text
    }
  }

  /** Ages grow with the clock until `signal` ends it; with less motion the bars stay as they were drawn. */
  follow(signal) {
    if (!this.isOpen) return
    const timer = setInterval(() => this.tick(Date.now()), TICK_MS)
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  tick(now) {
    this.tell(now)
    if (!lessMotion()) this.layOut(now)
  }
}
