import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, texts } from './environment.js'
import { curlCommand, eventJson, eventLink, viewLink } from '../../dashboard/client/clipboard.js'
import { Drawer, traits } from '../../dashboard/client/drawer.js'
import { before } from '../../dashboard/client/payload.js'
import { Trace } from '../../dashboard/client/trace.js'

const EVENT = {
  id: '1705314600000-0',
  event_type: 'agent_error',
  data: '{"agent": "billing", "correlation_id": "c-7", "amount": 1860.00, "note": "it\'s"}',
  timestamp: '2024-01-15T10:30:00.250Z',
  source: 'gateway',
  priority: 'critical',
}
const TRACE = [
  { id: '1-0', type: 'agent_request', step: 'charge', who: 'orchestrator', start_ms: 0, dur_ms: null },
  { id: '2-0', type: 'agent_error', step: 'attempt 1', who: 'billing', start_ms: 0, dur_ms: 30000, current: true },
  { id: '3-0', type: 'agent_request', step: 'refund', who: 'billing', start_ms: 60000, dur_ms: null, open: true },
  { id: '4-0', type: 'alerts', step: 'rate', who: 'watchdog', start_ms: 90100, dur_ms: null },
]
const DETAIL = {
  event: EVENT,
  agent: 'billing',
  title: 'charge failed',
  bytes: 1204,
  trace: TRACE,
  trace_total: '4 events, 90.1 s',
  missing: false,
}

let drawer, done

beforeEach(() => {
  const { signal } = fill('<aside id="drawer"></aside>')
  done = { filtered: [], copied: [], opened: [], stepped: [], closed: 0 }
  drawer = new Drawer($('#drawer'), {
    signal,
    onfilter: change => done.filtered.push(change({ search: 'a' })),
    oncopy: (text, what) => done.copied.push([what, text]),
    onopen: id => done.opened.push(id),
    onstep: by => done.stepped.push(by),
    onclose: () => {
      done.closed += 1
    },
  })
})

const buttonOf = text => $$('button').find(node => node.textContent === text)

test('what the table knows is shown before the detail arrives', () => {
  drawer.preview([
    '1-0',
    Date.parse(EVENT.timestamp),
    'high',
    'alerts',
    'gateway',
    'billing',
    'error_rate',
    '6 %',
    NaN,
    0,
  ])

  assert.equal($('.drawer-title').textContent, 'error_rate 6 %')
  assert.deepEqual(texts('.facts dd'), ['01-15 10:30:00 UTC', 'billing', '1-0', 'gateway'])
  assert.equal(buttonOf('JSON').disabled, true)
})

test('the detail shows title, facts, trace, data and traits', () => {
  drawer.show(DETAIL)

  assert.equal($('.drawer-title').textContent, 'charge failed')
  assert.deepEqual(texts('.part h3'), ['Request to response', 'Data', 'Filter by this'])
  assert.equal($('.number').textContent, '1860.00')
  assert.deepEqual(texts('.by button'), [
    'typeagent_error',
    'sourcegateway',
    'agentbilling',
    'prioritycritical',
    'correlationc-7',
    'around± 1 min',
  ])
})

test('the same detail again changes nothing that is open', () => {
  drawer.show(DETAIL)
  const tree = $('.json')
  click(tree.querySelector('.line'))

  drawer.show(structuredClone(DETAIL))

  assert.equal($('.json'), tree)
})

test('tree and raw are two views of the same text', () => {
  drawer.show(DETAIL)

  click(buttonOf('Raw'))
  assert.match($('pre.json').textContent, /"amount": 1860\.00/)
  click(buttonOf('Tree'))
  assert.equal($('.json').getAttribute('role'), 'tree')
})

test('data that is no JSON is shown as it came', () => {
  drawer.show({ ...DETAIL, event: { ...EVENT, data: '{broken <b>' } })

  assert.equal($('pre.json').textContent, '{broken <b>')
})

test('each trait gives a filter of its own', () => {
  const filters = traits(EVENT, 'billing', 'c-7').map(([, , change]) => change({ search: 'a', priority: ['low'] }))

  assert.deepEqual(filters, [
    { search: 'a', priority: ['low'], event_types: ['agent_error'] },
    { search: 'a', priority: ['low'], sources: ['gateway'] },
    { search: 'a data.agent:billing', priority: ['low'] },
    { search: 'a', priority: ['critical'] },
    { search: 'a data.correlation_id:c-7', priority: ['low'] },
    {
      search: 'a',
      priority: ['low'],
      time_range: { start: '2024-01-15T10:29:00.250Z', end: '2024-01-15T10:31:00.250Z' },
    },
  ])
})

test('lines, trace and buttons do what they say', () => {
  drawer.show(DETAIL)

  click($$('.acts button:nth-child(2)')[0])
  click(buttonOf('Show only these'))
  click($$('.trace button')[0])
  for (const node of $$('.drawer-head .btn.icon')) click(node)

  assert.deepEqual(
    done.filtered.map(filters => filters.search),
    ['a data.agent:billing', 'a data.correlation_id:c-7'],
  )
  assert.deepEqual(done.opened, ['1-0'])
  assert.deepEqual([done.stepped, done.closed], [[-1, 1], 1])
})

test('the event is copied as JSON and as curl, exact to the digit', () => {
  drawer.show(DETAIL)

  for (const what of ['JSON', 'curl', 'Link']) click(buttonOf(what))

  const [[, json], [, curl], [, link]] = done.copied
  assert.match(json, /"amount": 1860\.00/)
  assert.deepEqual(JSON.parse(json), { ...EVENT, data: JSON.parse(EVENT.data) })
  assert.match(curl, /^curl -X POST 'http:\/\/dashboard\.test\/api\/events' \\/)
  assert.match(curl, /it'\\''s/)
  assert.doesNotMatch(curl, /1705314600000-0/)
  assert.equal(link, 'http://dashboard.test/dashboard?search=a&event=1705314600000-0')
})

test('a link never carries a token, and a prefix stays', () => {
  assert.equal(
    eventLink('1-0', 'http://h/x/dashboard?token=secret&tab=events'),
    'http://h/x/dashboard?tab=events&event=1-0',
  )
  assert.match(curlCommand(EVENT, 'http://h/x/dashboard'), /'http:\/\/h\/x\/api\/events'/)
  assert.match(eventJson({ ...EVENT, data: '' }), /"data": {}/)
})

test('who has the keys in the drawer keeps them from event to event', () => {
  drawer.show(DETAIL)
  $('[aria-label="Older event"]').focus()
  drawer.preview(['7-0', Date.parse(EVENT.timestamp), 'high', 'alerts', 's', 'a', 'b', 'c', NaN, 0])
  drawer.show({ missing: true, event: { id: '7-0' }, reason: 'away' })
  assert.equal(document.activeElement, $('[aria-label="Older event"]'))

  drawer.show(DETAIL)
  $('.trace button').focus()
  drawer.show({ ...DETAIL, event: { ...EVENT, id: '8-0' } })
  assert.equal(document.activeElement, $('.drawer-head button'))
})

test('an event that is no longer retained says so', () => {
  drawer.show({ missing: true, event: { id: '9-0' } })

  assert.match($('.drawer-note').textContent, /no longer retained/)
  assert.equal($('.mono').textContent, '9-0')
})

test('an event that is gone says when it came, since when there are others, and offers its minute', () => {
  const at = '2024-01-15T10:30:00Z'
  drawer.show({ missing: true, event: { id: '9-0' }, reason: 'gone', at, since: '2024-01-15T14:02:11.5Z' })

  const note = $('.drawer-note').textContent
  assert.match(note, /no longer retained\. It came at 2024-01-15 10:30:00 UTC/)
  assert.match(note, /oldest that is retained came at 2024-01-15 14:02:11 UTC/)
  click($('.by button'))
  assert.deepEqual(done.filtered, [
    {
    search: 'a',
    time_range: { start: '2024-01-15T10:29:00.000Z', end: '2024-01-15T10:31:00.000Z' },
  }])
})

test('an event that cannot be asked for, or never was, is not said to be gone', () => {
  drawer.show({ missing: true, event: { id: '9-0' }, reason: 'away' })
  assert.match($('.drawer-note').textContent, /unreachable/)

  drawer.show({ missing: true, event: { id: 'x' }, reason: 'unknown', at: null })
  assert.match($('.drawer-note').textContent, /No event with this id is retained\./)
})

test('a shared view has a range of fixed ends, and the event that is looked at', () => {
  const now = Date.parse('2024-01-15T10:30:00Z')
  const shared = (search, state) => new URL(viewLink({ pausedAt: now, ...state }, `http://h/dashboard${search}`)).searchParams
  const range = { start: '2024-01-15T10:15:00.000Z', end: '2024-01-15T10:30:00.000Z' }

  const params = shared('?search=a&time_range=15m&token=secret', { selected: '7-0' })
  assert.deepEqual(JSON.parse(params.get('time_range')), range)
  assert.deepEqual([params.get('search'), params.get('event'), params.get('token')], ['a', '7-0', null])

  assert.deepEqual(JSON.parse(shared('', {}).get('time_range')), { end: range.end })
  assert.equal(shared('', { pausedAt: null }).get('time_range'), null)
  const absolute = JSON.stringify(range)
  assert.equal(shared(`?time_range=${encodeURIComponent(absolute)}`, {}).get('time_range'), absolute)
})

test('a clock that is behind does not leave out the newest event from a shared view', () => {
  const newest = Date.now() + 60_000

  const link = new URL(viewLink({ newest }, 'http://h/dashboard?time_range=1h'))

  assert.equal(Date.parse(JSON.parse(link.searchParams.get('time_range')).end), newest)
})

const OPEN_SINCE = Date.parse('2024-01-15T10:30:00Z')
const WAITING = {
  ...DETAIL,
  trace: [{ id: '3-0', type: 'agent_request', step: 'refund', who: 'billing', start_ms: 0, dur_ms: null, open: true, since_ms: OPEN_SINCE }],
  trace_total: '1 event, open',
}
const took = () => texts('.trace .took')

test('an open request says how long it has been so, and the clock stops with the drawer', t => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: OPEN_SINCE + 3500 })
  drawer.show(WAITING)
  assert.deepEqual(took(), ['open 3 s'])

  t.mock.timers.tick(9000)
  assert.deepEqual(took(), ['open 12 s'])
  t.mock.timers.tick(120_000)
  assert.deepEqual(took(), ['open 2 min 12 s'])
  const node = $('.trace .took')
  drawer.clear()
  t.mock.timers.tick(5000)

  assert.equal(node.textContent, 'open 2 min 12 s')
})

test('each way out of an open request ends its clock', t => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: OPEN_SINCE })
  const ways = {
    another: () => drawer.show({ ...DETAIL, event: { ...EVENT, id: '7-0' } }),
    gone: () => drawer.show({ missing: true, event: { id: '9-0' }, reason: 'away' }),
    preview: () => drawer.preview(['1-0', OPEN_SINCE, 'low', 'test', 'a', 'a', 'b', 'c', NaN, 0]),
    answered: () => drawer.show({ ...WAITING, trace: [{ ...WAITING.trace[0], open: false }], trace_total: '' }),
  }

  for (const [name, leave] of Object.entries(ways)) {
    drawer.show(WAITING)
    const node = $('.trace .took')
    leave()
    const said = node.textContent
    t.mock.timers.tick(60_000)
    assert.equal(node.textContent, said, name)
  }
})

test('bars grow with an open request, but not for who wants less motion', t => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: OPEN_SINCE + 10_000 })
  const first = { id: '2-0', type: 'alerts', step: 'rate', who: 'w', start_ms: 0, dur_ms: 5000 }
  const detail = { ...WAITING, trace: [first, ...WAITING.trace] }
  const width = () => $('.trace .span').style.width
  drawer.show(detail)
  assert.equal(width(), '50%')
  t.mock.timers.tick(10_000)
  assert.equal(width(), '25%')

  globalThis.matchMedia = () => ({ matches: true })
  t.after(() => delete globalThis.matchMedia)
  t.mock.timers.tick(20_000)

  assert.equal(width(), '25%')
  assert.deepEqual(took(), ['5.00 s', 'open 40 s'])
})

test('an answer that comes changes the trace alone: what is open in the data stays, and so does the focus', () => {
  drawer.show(WAITING)
  const tree = $('.json')
  click(tree.querySelector('.line'))
  $('.trace button').focus()

  const answer = { id: '4-0', type: 'agent_response', step: 'refund', who: 'billing', start_ms: 0, dur_ms: 800 }
  drawer.show({ ...WAITING, trace: [{ ...WAITING.trace[0], open: false }, answer], trace_total: '2 events, 800 ms' })

  assert.equal($('.json'), tree)
  assert.deepEqual(took(), ['start', '800 ms'])
  assert.equal(document.activeElement.dataset.id, '3-0')
})

const LARGE = { ...DETAIL, event: { ...EVENT, data: null }, correlation: 'c-7', cut: { bytes: 58_300, beginning: '{"agent": "bil' } }

/** The server's side of the data: gives what it is told to, and notes what was asked. */
function serve(t, answer) {
  const asked = []
  t.mock.method(globalThis, 'fetch', async url => {
    asked.push(`${url.pathname}${url.search}`)
    return answer()
  })
  return asked
}
const stored = (event = EVENT) => new Response(`[{"event_type":"x","data":${event.data},"id":"${event.id}"}]`)
const settled = () => new Promise(resolve => setTimeout(resolve))

test('large data says its size and its beginning, and is fetched when asked', async t => {
  const asked = serve(t, () => stored())
  drawer.show(LARGE)
  assert.equal($('pre.cut').textContent, '{"agent": "bil…')
  assert.ok(texts('.by button').includes('correlationc-7'))
  assert.deepEqual(asked, [])

  click(buttonOf('Show all 58.3 kB'))
  assert.equal(buttonOf('Show all 58.3 kB').disabled, true)
  await settled()

  assert.deepEqual(asked, ['/api/events/history?after=1705314599999-18446744073709551615&limit=1&ids=true'])
  assert.equal($('.number').textContent, '1860.00')
  assert.equal(document.activeElement, $('.json .line'))
})

test('large data that cannot be had says why, and can be asked for again', async t => {
  let answer = () => new Response('{"detail": "away"}', { status: 503 })
  serve(t, () => answer())
  drawer.show(LARGE)

  click(buttonOf('Show all 58.3 kB'))
  await settled()
  assert.equal($('.data-body [role=status]').textContent, 'Not loaded: the server answers 503')
  answer = () => stored({ ...EVENT, id: '1705314600000-1' })
  click(buttonOf('Show all 58.3 kB'))
  await settled()
  assert.equal($('.data-body [role=status]').textContent, 'Not loaded: it is no longer retained')
  answer = () => stored()
  click(buttonOf('Show all 58.3 kB'))
  await settled()

  assert.equal($('.number').textContent, '1860.00')
})

test('copying an event fetches its data first, once', async t => {
  const asked = serve(t, () => stored())
  drawer.show(LARGE)

  click(buttonOf('JSON'))
  click(buttonOf('curl'))
  await settled()

  assert.equal(asked.length, 1)
  assert.deepEqual(JSON.parse(done.copied[0][1]), { ...EVENT, data: JSON.parse(EVENT.data) })
  assert.match(done.copied[1][1], /1860\.00/)
})

test('what arrives for an event that was left changes nothing', async t => {
  serve(t, () => stored())
  drawer.show(LARGE)
  click(buttonOf('Show all 58.3 kB'))
  drawer.show({ ...DETAIL, event: { ...EVENT, id: '7-0', data: '{"other": 1}' } })
  await settled()

  assert.equal($('.json .key').textContent, '"other"')
  assert.equal($$('.json').length, 1)
})

test('the id before another is the one after which it is the next', () => {
  assert.equal(before('1705314600000-0'), '1705314599999-18446744073709551615')
  assert.equal(before('1705314600000-18446744073709551615'), '1705314600000-18446744073709551614')
})

test('the trace puts every event on one scale, and an open one runs to its end', () => {
  document.body.append(new Trace(TRACE, () => {}).node)
  const spans = $$('.trace .span').map(({ style, className }) => [
    parseFloat(style.left),
    parseFloat(style.width),
    className,
  ])

  assert.deepEqual(texts('.trace .took'), ['start', '30.0 s', 'open', '+90.1 s'])
  assert.equal(spans[1][1], 33.3)
  assert.equal((spans[2][0] + spans[2][1]).toFixed(1), '100.0')
  assert.equal(spans[2][2], 'span open')
  assert.ok(spans.every(([left, width]) => left + width <= 100.01 && width > 0))
  assert.equal($$('[aria-current]').length, 1)
})

test('hostile content stays text in every part of the drawer', () => {
  for (const text of HOSTILE) {
    const event = {
      id: text,
      event_type: text,
      source: text,
      priority: text,
      timestamp: text,
      data: JSON.stringify({ [text]: text, agent: text, correlation_id: text }),
    }
    if (Number.isNaN(Date.parse(text))) event.timestamp = EVENT.timestamp
    drawer.show({
      event,
      agent: text,
      title: text,
      bytes: 1,
      trace: [{ id: text, type: text, step: text, who: text, start_ms: 0, dur_ms: 1, label: text }],
      trace_total: text,
    })
    assert.deepEqual(injected(), [], text)
  }
})
