import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { $, $$, click, fill, frame, press, texts } from './environment.js'
import { PAGE } from './skeleton.js'
import { Page } from '../../dashboard/client/page.js'

globalThis.matchMedia = () => ({ matches: false, addEventListener() {} })

/** A server as the page sees it: values by name, and rows. */
class FakePort {
  constructor(values = {}, rows = []) {
    const status = {
      source: { state: 'connected' },
      rate: 42,
      total: 10,
      clients: 1,
      empty: false,
      matched: 3,
      searched: 3,
    }
    Object.assign(this, {
      values: { status, filters: { time_range: '15m' }, tab: 'events', ...values },
      events: rows,
      sent: [],
      callbacks: new Map(),
      repaints: 0,
    })
  }

  get(name) {
    return this.values[name]
  }

  set(name, value) {
    this.values[name] = value
    this.sent.push([name, value])
  }

  request(kind, value) {
    this.sent.push(['request', kind, value])
  }

  on(name, callback, signal) {
    this.callbacks.set(name, callback)
    signal.addEventListener('abort', () => this.callbacks.delete(name))
  }

  onRows(callback, signal) {
    this.on('rows', callback, signal)
  }

  rows(after) {
    if (after === undefined) return this.events
    const index = this.events.findIndex(event => event[0] === after)
    return index < 0 ? null : this.events.slice(index + 1)
  }

  repaint() {
    this.repaints += 1
  }

  tell(name, value) {
    this.values[name] = value
    this.callbacks.get(name)?.()
  }

  stream(...events) {
    this.events = [...this.events, ...events]
    this.callbacks.get('rows')?.(false)
  }

  last(name) {
    return this.sent.findLast(([key]) => key === name)
  }
}

const event = n => [`${n}-0`, Date.now(), 'normal', 'agent_request', 's', 'a', `action ${n}`, '', NaN, 0]
const detail = (n, changes = {}) => ({
  event: {
    id: `${n}-0`,
    event_type: 'test',
    data: '{}',
    timestamp: '2024-01-15T10:30:00Z',
    source: 's',
    priority: 'low',
  },
  title: `detail ${n}`,
  trace: [],
  ...changes,
})

let page, port

beforeEach(() => {
  page?.destroy()
  fill(PAGE)
  history.replaceState({}, '', '/dashboard?search=a')
  page = new Page()
  const box = (top, bottom) => () => ({ top, bottom, width: 900, left: 0 })
  $('#events').style.overflowY = 'auto'
  $('#events').getBoundingClientRect = box(0, 320)
  $('#events').firstElementChild.getBoundingClientRect = box(0, 32)
  $('.ev-space').getBoundingClientRect = box(32, 320)
  port = new FakePort({}, [event(1), event(2), event(3)])
  page.attach(port)
})

after(() => page.destroy())

const actions = () =>
  $$('.ev:not([hidden])')
    .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
    .map(row => $('.c-text b', row).textContent)

test('attached, the page says that it is ready and shows what there is', async () => {
  await frame()

  assert.deepEqual(
    port.sent.slice(-4, -1).map(([name, ...rest]) => [name, ...rest]),
    [
      ['hidden', document.hidden],
      ['paused', false],
      ['request', 'ready', '?search=a'],
    ],
  )
  assert.deepEqual(port.last('request').slice(0, 2), ['request', 'clock'])
  assert.deepEqual(actions(), ['action 3', 'action 2', 'action 1'])
  assert.equal($('#pill').textContent, 'Live42 events/s')
  assert.equal($('#matched').textContent, '3 of 3 events match')
})

test('events that stream in appear on top', async () => {
  port.stream(event(4))
  await frame()

  assert.equal(actions()[0], 'action 4')
})

test('paused, the pill counts, and Space catches up', async () => {
  press(' ', document.body)
  port.stream(event(4), event(5))
  assert.equal($('#pill').textContent, 'Paused2 new')
  assert.deepEqual(port.last('paused'), ['paused', true])

  press(' ', document.body)
  await frame()

  assert.deepEqual(port.last('paused'), ['paused', false])
  assert.equal($('#newbar').hidden, true)
  assert.equal(actions()[0], 'action 5')
})

test('an opened event stays open while others stream, and its detail follows', async () => {
  await frame()
  click($$('.ev .c-text')[0])
  assert.deepEqual(port.last('selected'), ['selected', '3-0'])
  assert.equal($('.drawer-title').textContent, 'action 3')

  port.tell('detail', detail(99))
  assert.equal($('.drawer-title').textContent, 'action 3')
  port.tell('detail', detail(3))
  port.stream(event(4))
  await frame()

  assert.equal($('.drawer-title').textContent, 'detail 3')
  assert.equal($('[aria-selected=true].ev .c-text b').textContent, 'action 3')
  assert.equal($('#newbar b').textContent, '1 new event')
})

test('j and k move, Enter opens, Escape closes and then lets go', async () => {
  press('j', document.body)
  press('j', document.body)
  assert.equal(page.table.selected, '2-0')
  assert.equal(port.last('selected'), undefined)

  press('Enter', document.body)
  press('k', document.body)
  assert.deepEqual(port.last('selected'), ['selected', '3-0'])

  press('Escape', document.body)
  assert.deepEqual([$('#drawer').hidden, page.table.selected], [true, '3-0'])
  press('Escape', document.body)
  assert.equal(page.table.selected, null)
})

test('an event named by the address is opened, even when it is not among the rows', () => {
  port.values.detail = detail(77, { missing: true })
  port.tell('selected', '77-0')

  assert.equal($('#app').dataset.drawer, 'open')
  assert.match($('.drawer-note').textContent, /no longer retained/)

  port.tell('selected', '')
  assert.equal($('#drawer').hidden, true)
})

test('a filter is shown at once, sent whole, and normalised by the answer', () => {
  click($('#priorities [data-value=low]'))
  assert.deepEqual(port.last('filters'), ['filters', { time_range: '15m', priority: ['normal', 'high', 'critical'] }])

  port.values.answered = port.get('choice')
  port.tell('filters', { time_range: '15m', priority: ['critical'] })
  assert.deepEqual(texts('.chip bdi'), ['critical'])
})

test('an answer to an earlier choice does not undo a later one, which is told again', () => {
  click($('#priorities [data-value=critical]'))
  const chosen = port.last('filters')
  port.sent.length = 0

  port.tell('filters', { time_range: '15m', priority: ['low'] })

  assert.deepEqual(port.last('filters'), chosen)
  port.values.answered = port.get('choice')
  port.tell('filters', { time_range: '15m', priority: ['critical'] })
  assert.deepEqual(texts('.chip bdi'), ['critical'])
})

test('the address follows the view, quick steps make one entry', () => {
  const before = history.length

  port.tell('url', '?search=ab')
  port.tell('url', '?search=abc')

  assert.equal(location.search, '?search=abc')
  assert.equal(history.length, before + 1)
  port.tell('url', '')
  assert.equal(location.pathname + location.search, '/dashboard')
})

test('back and forward are told to the server', () => {
  window.dispatchEvent(new Event('popstate'))

  assert.deepEqual(port.last('request'), ['request', 'url', location.search])
})

test('tabs are told and followed', () => {
  click($('#tab-analytics'))
  assert.deepEqual(port.last('tab'), ['tab', 'analytics'])

  port.tell('tab', 'health')
  assert.equal($('#app').dataset.tab, 'health')
  assert.equal($('#panel-analytics').hidden, true)
})

test('an agent of the table leads to its events', () => {
  port.tell('agents', [
    {
      name: 'billing agent',
      state: '',
      requests: 1,
      errors: 0,
      error_rate: 0,
      p50_ms: 1,
      p95_ms: 2,
      last_seen_s: 1,
      trend: [],
    },
  ])
  port.tell('tab', 'agents')

  click($('#agent-rows td'))

  assert.equal($('#app').dataset.tab, 'events')
  assert.equal(port.last('filters')[1].search, '"billing agent"')
})

test('without any event the page says how to publish, and with a filter that nothing passes which to loosen', async () => {
  port.events = []
  port.callbacks.get('rows')(true)
  port.tell('status', { ...port.values.status, empty: true, matched: 0 })
  assert.deepEqual([$('#empty').hidden, $('#nomatch').hidden, $('#app').dataset.state], [false, true, 'empty'])

  port.tell('status', { ...port.values.status, empty: false, matched: 0 })
  assert.deepEqual([$('#empty').hidden, $('#nomatch').hidden], [true, false])
  assert.deepEqual(texts('#nomatch-options button'), ['in the last 24h', 'in all retained'])

  port.stream(event(9))
  await frame()
  assert.equal($('#nomatch').hidden, true)
})

test('while the source is away the page says so, dates its figures and keeps its rows', async () => {
  port.tell('status', {
    ...port.values.status,
    source: { state: 'unreachable', name: 'redis://x', since: '2024-01-15T10:00:00Z', reason: '' },
  })
  await frame()

  assert.equal($('#banner').hidden, false)
  assert.equal($('#pill').dataset.state, 'down')
  assert.equal($('[data-act=test]').disabled, true)
  assert.equal(actions().length, 3)
  click($('#retry'))
  assert.deepEqual(port.last('request'), ['request', 'retry', null])
})

test('a lost connection is told, and a new one takes over what is on the screen', async () => {
  await frame()
  press('j', document.body)
  press('Enter', document.body)
  page.lost(2)
  assert.equal($('#pill').textContent, 'Reconnectingtry 2')
  const row = $('.ev')
  const old = port

  const fresh = new FakePort({ selected: '3-0', detail: detail(3) }, [event(1), event(2), event(3), event(4)])
  page.attach(fresh)
  page.detach(old)
  old.tell('filters', { search: 'stale' })
  await frame()

  assert.equal($('#pill').dataset.state, 'live')
  assert.equal($('.ev'), row)
  assert.equal($('#newbar b').textContent, '1 new event')
  assert.equal(old.callbacks.size, 0)
  assert.deepEqual(page.filters, { time_range: '15m' })
  assert.equal(page.port, fresh)
  assert.equal(page.feed.reconnects, 1)
})

test('a new session begins with nothing, and that wipes out nothing', async () => {
  click($('#tab-agents'))
  page.reading.open('2-0')
  page.lost(1)

  const fresh = new FakePort({ status: {}, filters: {}, kpis: [], detail: null, selected: '', tab: 'events' }, [])
  page.attach(fresh)
  await frame()

  assert.equal($('#app').dataset.tab, 'agents')
  assert.equal($('.drawer-title').textContent, 'action 2')
  assert.equal(actions().length, 3)
  assert.equal($('#matched').textContent, '3 of 3 events match')
  assert.equal(fresh.last('selected'), undefined)
})

test('a toast is shown once for each number', () => {
  port.tell('toast', { n: 1, text: 'published', tone: 'ok' })
  assert.equal($('#toast').textContent, 'published')
  press('Escape', document.body)
  port.tell('toast', { n: 1, text: 'published', tone: 'ok' })

  assert.equal($('#toast').textContent, '')
  assert.equal($('#toast').dataset.open, 'false')
})

test('a switched theme repaints the charts', () => {
  const before = port.repaints

  press('t', document.body)

  assert.equal(port.repaints, before + 1)
})

test('destroyed, the page hears nothing more', () => {
  page.destroy()
  const sent = port.sent.length

  press(' ', document.body)
  click($('#tab-health'))
  window.dispatchEvent(new Event('popstate'))

  assert.equal(port.sent.length, sent)
  assert.equal(port.callbacks.size, 0)
})

test('Escape leads from the search to a table that goes on, and from the drawer back to it', async () => {
  port.stream(event(1), event(2))
  await frame()
  $('#search').focus()
  press('Escape', $('#search'))
  assert.equal(document.activeElement, $('#events'))
  assert.equal(page.table.holding, false)

  press('j', $('#events'))
  press('Enter', $('#events'))
  port.tell('detail', detail(2))
  $('#drawer button').focus()
  press('Escape', $('#drawer button'))

  assert.equal($('#drawer').hidden, true)
  assert.equal(document.activeElement, $('#events'))
})

test('z tells the times in another zone, and paints the charts anew', t => {
  process.env.TZ = 'Asia/Kolkata'
  t.after(() => {
    process.env.TZ = 'UTC'
    press('z', document.body)
  })
  const { repaints } = port

  press('z', document.body)

  assert.equal(port.repaints, repaints + 1)
  assert.match($('#toast').textContent, /UTC\+5:30/)
})
