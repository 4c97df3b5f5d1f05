// The truth meter: how long this very browser takes to show an event, from its publishing, which its id tells, to the
// painted row. Only rows that are painted as they come are measured, not those of before nor those held back.
import { COUNT, isBreak } from './breaks.js'
import { ID } from './rows.js'

const KEPT = 1000
const CLOCKS_KEPT = 8
const FIRST_LOOKS = 4
const LOOK_EVERY_MS = 30_000

const publishedAt = row => Number.parseInt(row[ID], 10)

export class Meter {
  constructor({ signal, ask = () => {} }) {
    Object.assign(this, { ask, taken: new Float64Array(KEPT), count: 0, last: null, expected: [] })
    this.forget()
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  /** Another server may keep another time; it counts what it sends anew. */
  forget() {
    Object.assign(this, { clocks: [], looks: 0, streamed: 0, leftOut: 0 })
  }

  look() {
    this.ask(Date.now())
  }

  /** The server's time, asked for at `sent`: it was read at some moment between then and now. */
  hear({ sent, server }, now = Date.now()) {
    if (!(now >= sent) || !Number.isFinite(server)) return
    this.clocks.push({ ahead: server - (sent + now) / 2, error: (now - sent) / 2 + 0.5 })
    this.clocks.splice(0, this.clocks.length - CLOCKS_KEPT)
    this.looks += 1
    if (this.looks < FIRST_LOOKS) this.look()
  }

  /** By how much the server's clock is ahead of this one, and how wrong that may be: the answer that came soonest. */
  get clock() {
    return this.clocks.reduce((best, next) => (best && best.error <= next.error ? best : next), null)
  }

  /** Rows on their way to the screen; they do not count where nobody sees them as they come. */
  expect(rows, seen) {
    for (const row of rows) {
      if (isBreak(row)) this.leftOut += row[COUNT] ?? 0
      else this.streamed += 1
    }
    this.expected = seen ? [...this.expected, ...rows].slice(-KEPT) : []
  }

  /** The newest rows, as many as there is room for, have been painted. */
  painted(room, now = Date.now()) {
    const rows = this.expected.slice(-room)
    this.expected = []
    const { clock } = this
    if (!clock) return
    for (const row of rows) if (!isBreak(row)) this.take(now + clock.ahead - publishedAt(row))
  }

  take(ms) {
    this.last = Math.max(0, ms)
    this.taken[this.count % KEPT] = this.last
    this.count += 1
  }

  /** Sorted only when someone looks. */
  get figures() {
    const samples = this.taken.slice(0, Math.min(this.count, KEPT)).sort()
    const at = share => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]
    return { samples: samples.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), last: this.last }
  }
}
