// Node's ws: each event encoded once, and sent to each client.

import process from 'node:process'
import { WebSocketServer } from 'ws'

const TYPES = ['agent_request', 'agent_response', 'agent_error', 'system_health', 'metrics']
const PRIORITIES = ['low', 'normal', 'high', 'critical']
const WORDS = ['alder', 'birch', 'cedar', 'dogwood', 'elm', 'fir', 'ginkgo', 'hazel', 'ironwood', 'juniper']

const [port, rate] = process.argv.slice(2).map(Number)
const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false })
const periodNs = 1e9 / rate
let number = 0

// The due time is more than a Number holds, so it stands for a moment as text.
function text(dueNs) {
  return JSON.stringify({
    event_type: TYPES[number % 5],
    data: {
      seq: number,
      t: 0,
      agent: `billing-${number % 90}`,
      message: `the order was looked at by the agent and is passed on, ${WORDS[number % 10]}`,
    },
    timestamp: '2026-01-01T00:00:00Z',
    source: `agent-${number % 90}`,
    priority: PRIORITIES[number % 4],
  }).replace('"t":0', `"t":${dueNs}`)
}

function publish(startNs) {
  const now = process.hrtime.bigint()
  for (;;) {
    const dueNs = startNs + BigInt(Math.round(number * periodNs))
    if (dueNs > now) return
    const message = text(dueNs)
    for (const client of server.clients) client.send(message)
    number++
  }
}

process.once('SIGUSR2', () => {
  const startNs = process.hrtime.bigint()
  setInterval(() => publish(startNs), 1)
})
