import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, texts } from './environment.js'
import { curlCommand, eventJson, eventLink, viewLink } from '../../dashboard/client/clipboard.js'
import { Drawer, traits } from '../../dashboard/client/drawer.js'
import { traceList } from '../../dashboard/client/trace.js'

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

test('the trace puts every event on one scale, and an open one runs to its end', () => {
  document.body.append(traceList(TRACE, () => {}))
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
