import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, fill, texts } from './environment.js'
import { makeBreak } from '../../dashboard/client/breaks.js'
import { clockText, make, rowsText } from '../../dashboard/client/connection.js'
import { Meter } from '../../dashboard/client/meter.js'

const row = ms => [`${ms}-0`]
let meter, asked

beforeEach(() => {
  const { signal } = fill('<button id="pill"><b>Live</b></button><div id="pill-menu"></div>')
  asked = []
  meter = new Meter({ signal, ask: now => asked.push(now) })
})

test('a row counts from the time of its id to its paint, by the server’s clock', () => {
  meter.hear({ sent: 1000, server: 5010 }, 1020)

  meter.expect([row(4990), row(5000)], true)
  meter.painted(10, 1040)

  assert.deepEqual(meter.clock, { ahead: 4000, error: 10.5 })
  assert.deepEqual(meter.figures, { samples: 2, p50: 50, p95: 50, p99: 50, last: 40 })
})

test('the clocks are compared a few times at first, and the answer that came soonest is believed', () => {
  meter.hear({ sent: 0, server: 900 }, 200)
  meter.hear({ sent: 300, server: 1105 }, 310)
  meter.hear({ sent: 400, server: 9000 }, 600)

  assert.deepEqual(meter.clock, { ahead: 800, error: 5.5 })
  assert.equal(asked.length, 3)
  meter.hear({ sent: 700, server: 1500 }, 702)
  assert.equal(asked.length, 3)
})

test('an answer that no clock can have given is no answer', () => {
  meter.hear({ sent: 500, server: 900 }, 400)
  meter.hear({ sent: undefined, server: 900 }, 400)
  meter.hear({ sent: 100, server: NaN }, 400)

  assert.equal(meter.clock, null)
})

test('nothing is measured of rows that nobody saw come', () => {
  meter.hear({ sent: 0, server: 0 }, 0)

  meter.expect([row(0)], false)
  meter.painted(10, 50)
  meter.expect([row(0)], true)
  meter.expect([row(0)], false)
  meter.painted(10, 50)

  assert.equal(meter.figures.samples, 0)
  assert.equal(meter.streamed, 3)
})

test('only rows that had room were painted, and a row that stands for others has no time', () => {
  meter.hear({ sent: 0, server: 0 }, 0)

  meter.expect([row(1), row(2), row(3), makeBreak('unread', '3-0', '9-0', 7)], true)
  meter.painted(3, 100)

  assert.deepEqual([meter.figures.samples, meter.figures.last], [2, 97])
  assert.deepEqual([meter.streamed, meter.leftOut], [3, 7])
})

test('before the clocks were compared nothing is claimed', () => {
  meter.expect([row(1)], true)
  meter.painted(1, 100)

  assert.equal(meter.figures.samples, 0)
})

test('it keeps the last thousand, and no more', () => {
  meter.hear({ sent: 0, server: 0 }, 0)
  for (let ms = 0; ms < 2500; ms++) meter.take(ms)

  assert.deepEqual(meter.figures, { samples: 1000, p50: 2000, p95: 2450, p99: 2490, last: 2499 })
})

test('what is said of the clocks is no more than is known', () => {
  assert.equal(clockText(null), 'The clocks have not been compared yet.')
  assert.match(clockText({ ahead: 2, error: 3.5 }), /agree, ±\u00a03.5 ms/)
  assert.match(clockText({ ahead: -90, error: 2 }), /90 ms behind, corrected ±\u00a02 ms/)
})

test('rows that were thinned out are told', () => {
  assert.equal(rowsText({ streamed: 0, leftOut: 0 }, null), 'none yet')
  assert.equal(rowsText({ streamed: 5, leftOut: 0 }, null), 'all 5 that passed')
  assert.equal(rowsText({ streamed: 1204, leftOut: 4106 }, null), '1,204 of 5,310 that passed')
  assert.equal(rowsText({ streamed: 1204, leftOut: 4106 }, { shown: 200, of: 1040 }), 'newest 200 of 1,040 a second')
})

test('the details say how things stand, with names as text', () => {
  const root = $('#pill-menu')
  meter.hear({ sent: 0, server: 0 }, 0)
  meter.take(12)
  const status = {
    status: { source: { name: '<b>redis</b>', state: 'connected' }, rate: 42 },
    held: { count: 128, since: 0 },
    stateSince: Date.now(),
  }
  make({ status, meter, feed: { reconnects: 2, reconnectedAt: Date.now() } }, root).fill()

  assert.equal($('b', root).textContent, 'Live')
  assert.deepEqual(texts('.figures b', root), ['12 ms', '12 ms', '12 ms'])
  const facts = texts('dd', root)
  assert.equal(facts[0], '42 a second')
  assert.match(facts[1], /<b>redis<\/b>, connected/)
  assert.match(facts[3], /^128 since/)
  assert.match(facts[4], /^2, the last at/)
  assert.equal($$('dd b', root).length, 0)
})
