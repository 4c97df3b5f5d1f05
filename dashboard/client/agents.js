// The agents table: one row an agent, kept in place by name.
import { bdi, el, setText, stateDot } from './dom.js'
import { ago, count, duration, isNumber, percent } from './format.js'
import { latencySpan, sparkline } from './sparks.js'

const HIGH_RATE = 0.05
const RAISED_RATE = 0.01
const SLOW_MS = 9500
const TREND_TONES = { x: 'bad', w: 'warn' }

const rateTone = rate => (rate > HIGH_RATE ? 'bad' : rate > RAISED_RATE ? 'warn' : 'muted')

function scaleOf(agents) {
  const times = agents.flatMap(agent => [agent.p50_ms, agent.p95_ms]).filter(ms => isNumber(ms) && ms > 0)
  return { low: Math.min(...times, 1000) / 1.5, high: Math.max(...times, 1000) * 1.2 }
}

function cells(agent, scale) {
  const { p50_ms: p50, p95_ms: p95 } = agent
  const known = isNumber(p50) && isNumber(p95)
  const name = el('span', 'name', stateDot(agent.state), bdi(agent.name))
  name.title = agent.name
  const span = el(
    'div',
    'span',
    ...(known ? [latencySpan(p50, p95, { ...scale, slow: p95 > SLOW_MS })] : []),
    el('span', '', known ? duration(p95) : '–'),
  )
  if (known) span.title = `p50 ${duration(p50)}, p95 ${duration(p95)}`
  const trend = sparkline({ values: agent.trend, tone: TREND_TONES[agent.state] }, 104, 24)
  return [
    el('td', '', name),
    el('td', 'num', count(agent.requests)),
    el('td', `num o3 ${agent.error_rate > HIGH_RATE ? 'bad' : ''}`, count(agent.errors)),
    el('td', `num ${rateTone(agent.error_rate)}`, percent(agent.error_rate)),
    el('td', 'latency', span),
    el('td', 'o2 trend', trend),
    el('td', 'num muted o3', ago(agent.last_seen_s)),
  ]
}

export class AgentTable {
  constructor(body, { signal, onchoose }) {
    Object.assign(this, { body, rows: new Map() })
    const choose = event => {
      const name = event.target.closest('tr')?.dataset.agent
      if (name !== undefined) onchoose(name)
    }
    body.addEventListener('click', choose, { signal })
    body.addEventListener('keydown', event => event.key === 'Enter' && choose(event), { signal })
    signal.addEventListener('abort', () => body.replaceChildren())
  }

  update(agents) {
    const scale = scaleOf(agents)
    const names = new Set(agents.map(agent => agent.name))
    for (const [name, row] of this.rows) if (!names.has(name)) this.drop(name, row)
    for (const [index, agent] of agents.entries()) {
      const row = this.rows.get(agent.name) ?? this.add(agent.name)
      this.fill(row, agent, scale)
      // Moving a row costs its focus, so only one that is out of place moves.
      if (this.body.children[index] !== row.node) this.body.insertBefore(row.node, this.body.children[index] ?? null)
    }
  }

  add(name) {
    const node = el('tr')
    node.dataset.agent = name
    node.tabIndex = 0
    node.title = `Show the events of ${name}`
    const row = { node, state: '' }
    this.rows.set(name, row)
    return row
  }

  drop(name, row) {
    row.node.remove()
    this.rows.delete(name)
  }

  fill(row, agent, scale) {
    const { last_seen_s: seen, ...rest } = agent
    const state = JSON.stringify([rest, scale])
    if (state === row.state) return setText(row.node.lastChild, ago(seen))
    row.state = state
    row.node.replaceChildren(...cells(agent, scale))
  }
}
