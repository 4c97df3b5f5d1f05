import assert from 'node:assert/strict'
import { test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, press, texts } from './environment.js'
import { AgentTable } from '../../dashboard/client/agents.js'
import { Breakdown } from '../../dashboard/client/breakdown.js'
import { Empty, examples, loosenings, NoMatch } from '../../dashboard/client/empty.js'
import { ago, bytes, clock, count, duration, figure, percent, span } from '../../dashboard/client/format.js'
import { Health } from '../../dashboard/client/health.js'
import { Kpis } from '../../dashboard/client/kpis.js'
import { Banner, Pill, pillState } from '../../dashboard/client/pill.js'
import { spark } from '../../dashboard/client/sparks.js'

test('numbers and times read well', () => {
  const noon = Date.UTC(2024, 0, 15, 12, 0, 0, 7)

  assert.deepEqual(
    [count(1284031), count(NaN), percent(0.0013), percent(0.062), figure(84.2), figure(3.14), figure(null)],
    ['1,284,031', '–', '0.13 %', '6.2 %', '84', '3.1', '–'],
  )
  assert.deepEqual([0.4, 12, 120, 2410, 30000, 123456, NaN].map(duration), [
    '0.4 ms',
    '12 ms',
    '120 ms',
    '2.41 s',
    '30.0 s',
    '2 min 3 s',
    '',
  ])
  assert.deepEqual([0.2, 12, 132, 3600, 532800].map(span), ['0.2 s', '12 s', '2 min 12 s', '1 h', '6 d 4 h'])
  assert.deepEqual([ago(660), bytes(512), bytes(1204), bytes(2_500_000)], ['11 min ago', '512 B', '1.2 kB', '2.5 MB'])
  assert.deepEqual(clock(noon, noon + 5), ['12:00:00', '.007'])
  assert.deepEqual(clock(noon, noon + 86_400_000), ['01-15 12:00:00', ''])
  assert.deepEqual(clock(NaN), ['–', ''])
})

test('the pill says the worst thing that is true', () => {
  const live = { source: 'connected', rate: 42.4, held: 0 }

  assert.deepEqual(pillState(live), { state: 'live', word: 'Live', figure: '42 events/s' })
  assert.equal(pillState({ ...live, rate: 1.25 }).figure, '1.3 events/s')
  assert.equal(pillState({ ...live, waiting: true }).figure, 'waiting')
  assert.deepEqual(pillState({ ...live, paused: true, held: 128 }), {
    state: 'paused',
    word: 'Paused',
    figure: '128 new',
  })
  assert.equal(pillState({ ...live, paused: true, source: 'unreachable' }).state, 'down')
  assert.deepEqual(pillState({ ...live, source: 'unreachable', lost: true, attempts: 3 }), {
    state: 'reconnecting',
    word: 'Reconnecting',
    figure: 'try 3',
  })
})

test('the pill tells its word to a screen reader and keeps the rate to the eye', () => {
  fill(
    '<button id="pill"><span class="led"></span><b></b><em aria-hidden="true"></em></button><i id="pill-said" role="status"></i>',
  )

  new Pill($('#pill')).update({ source: 'connected', rate: 42 })

  assert.equal($('#pill').dataset.state, 'live')
  assert.equal($('#pill').textContent, 'Live42 events/s')
  assert.equal($('#pill em').getAttribute('aria-hidden'), 'true')
  assert.equal($('#pill-said').textContent, 'Live')
})

test('the banner says since when, what still works, and when it tries again', () => {
  const { signal } = fill(
    '<div id="banner" hidden><b id="banner-title"></b><b id="banner-since"></b><b id="banner-before"></b><b id="banner-source"></b><b id="banner-after"></b><b id="banner-reason"></b><b id="banner-next"></b><button id="retry"></button></div>',
  )
  let retried = 0
  const banner = new Banner($('#banner'), {
    signal,
    onretry: () => {
      retried += 1
    },
  })
  const source = {
    state: 'unreachable',
    name: 'redis://<b>x',
    since: '2024-01-15T10:00:00Z',
    reason: HOSTILE[0],
    next_try_s: 3.2,
  }

  banner.update(source, Date.parse('2024-01-15T10:02:12Z'))
  click($('#retry'))

  assert.equal($('#banner').hidden, false)
  assert.match($('#banner-since').textContent, /10:00:00 UTC, 2 min 12 s ago/)
  assert.equal($('#banner-next').textContent, 'Next try in 4 s')
  assert.equal($('#banner-source').textContent, 'redis://<b>x')
  assert.match($('#banner-before').textContent, /the last events/)
  assert.deepEqual([injected(), retried], [[], 1])

  banner.update({ ...source, state: 'read-only' })
  assert.equal($('#banner-title').textContent, 'Publishing is refused')
  assert.match($('#banner-before').textContent, /Live events go on/)

  banner.update({ state: 'connected' })
  assert.equal($('#banner').hidden, true)
})

test('a key figure shows value, change and chart, and while the source is away its date', () => {
  fill(
    '<dl id="kpis"><div data-key="error_rate"><dt></dt><dd class="v"></dd><dd class="d"></dd><dd class="sp"></dd></div></dl>',
  )
  const kpis = new Kpis($('#kpis'))
  assert.equal($('.d').textContent, 'waiting for events')
  const kpi = {
    key: 'error_rate',
    label: 'Error rate',
    value: '1.84',
    unit: '%',
    delta: '+0.6 pt',
    tone: 'bad',
    note: 'above usual',
    chart: { kind: 'line', values: [1, 2, 3], tone: 'bad', target: 2 },
  }

  kpis.update([kpi, { key: 'unknown' }])
  assert.deepEqual(
    [$('.v').textContent, $('.d b').textContent, $('.d b').className, $('.note').textContent],
    ['1.84%', '▲ 0.6 pt', 'bad', 'above usual'],
  )
  assert.equal($$('.sp path').length, 3)

  kpis.update([kpi], '14:29:55')
  assert.deepEqual([$('.d b').hidden, $('.note').textContent], [true, 'as of 14:29:55'])
})

test('small charts take what they get', () => {
  const charts = [
    { kind: 'line', values: [0, 0, 0] },
    { kind: 'line', values: [5] },
    { kind: 'line', values: [NaN, 1, null, 2] },
    { kind: 'dots', values: ['', 'x', 'w', 'o', 'zzz'] },
    { kind: 'dots', values: Array(500).fill('') },
    { kind: 'bullet', values: [80], target: 50, max: 60 },
    { kind: 'bullet', values: [null], target: 50 },
    { kind: 'bars', values: [0, 3, 0] },
    { kind: 'bars', values: [] },
    { kind: 'constructor', values: [1] },
    null,
    {},
  ]
  for (const chart of charts)
    assert.doesNotMatch(spark(chart).outerHTML, /NaN|Infinity|undefined/, JSON.stringify(chart))
  assert.equal(spark(charts[4]).children.length, 14)
})

const agent = (name, changes = {}) => ({
  name,
  state: '',
  requests: 100,
  errors: 1,
  error_rate: 0.01,
  p50_ms: 340,
  p95_ms: 1100,
  last_seen_s: 0.1,
  trend: [1, 2, 3],
  ...changes,
})

test('agents keep their rows, and a choice names the agent', () => {
  const { signal } = fill('<table><tbody id="rows"></tbody></table>')
  const chosen = []
  const table = new AgentTable($('#rows'), { signal, onchoose: name => chosen.push(name) })
  table.update([
    agent('a'),
    agent('b', { state: 'x', error_rate: 0.2, errors: 20 }),
    agent('quiet', { p50_ms: null, p95_ms: null, requests: 0 }),
  ])
  const row = $$('tr')[0]

  table.update([agent('b'), agent('a', { last_seen_s: 5 })])
  click($$('tr')[1].querySelector('td'))
  press('Enter', $$('tr')[0])

  assert.equal($$('tr')[1], row)
  assert.deepEqual(texts('.name bdi'), ['b', 'a'])
  assert.equal(row.lastChild.textContent, '5.0 s ago')
  assert.deepEqual(chosen, ['a', 'b'])
})

test('agents with hostile names are text', () => {
  const { signal } = fill('<table><tbody id="rows"></tbody></table>')

  new AgentTable($('#rows'), { signal, onchoose: () => {} }).update(HOSTILE.map(name => agent(name, { state: name })))

  assert.deepEqual(injected(), [])
  assert.deepEqual(texts('.name bdi'), HOSTILE)
})

const HEALTH =
  '<div id="checks"></div><b data-figure="memory_mb"></b><p id="clients-sub"></p><table><tbody id="client-rows"></tbody></table><p id="rejected-sub"></p><ul id="rejected"></ul>'

test('health shows checks, clients, and what was rejected with its reason', () => {
  fill(HEALTH)
  new Health(document.body).update({
    checks: [{ label: 'Event source', value: 'Redis', note: HOSTILE[0], state: 'x' }],
    clients: [
      { id: HOSTILE[0], via: 'ws', sent: 11204, behind: 0 },
      { id: 'b', via: 'sse', sent: 1, behind: 'gap 14' },
    ],
    rejected: [{ time: '2024-01-15T10:00:00Z', source: HOSTILE[0], reason: HOSTILE[1], raw: HOSTILE[2] }],
    rejected_total: 3,
    figures: { memory_mb: 84.2, uptime_s: 532800 },
  })

  assert.deepEqual(texts('.what'), ['Event source', 'Uptime'])
  assert.equal($('.state').getAttribute('aria-label'), 'failing')
  assert.deepEqual(texts('#client-rows td:last-child'), ['0', 'gap 14'])
  assert.equal($('[data-figure]').textContent, '84')
  assert.equal($('#rejected-sub').textContent, '3 set aside, with the reason')
  assert.equal($('#rejected pre').textContent, HOSTILE[2])
  assert.deepEqual(injected(), [])
})

test('health with nothing known says so', () => {
  fill(HEALTH)
  new Health(document.body).update({})

  assert.equal($('[data-figure]').textContent, '–')
  assert.equal($('#rejected-sub').textContent, 'nothing was set aside')
})

test('shares and sources filter by a click', () => {
  fill('<ul id="shares"></ul><ul id="sources"></ul>')
  const chosen = []
  const view = new Breakdown({
    shares: $('#shares'),
    sources: $('#sources'),
    onpriority: name => chosen.push(name),
    onsource: name => chosen.push(name),
  })
  view.updateShares({ priorities: [{ name: 'critical', count: 598, share: 0.022 }] })
  view.updateSources(
    [
      ['a', 10],
      [HOSTILE[0], 5],
    ],
    ['a'],
  )

  click($('#shares button'))
  click($$('#sources button')[1])

  assert.deepEqual(chosen, ['critical', HOSTILE[0]])
  assert.deepEqual(
    $$('#sources .fill').map(node => node.style.width),
    ['100%', '50%'],
  )
  assert.deepEqual(
    $$('#sources button').map(node => node.getAttribute('aria-pressed')),
    ['true', 'false'],
  )
  assert.deepEqual(injected(), [])
})

const EMPTY = `<section id="empty">${['curl', 'python', 'redis', 'demo'].map(name => `<button role="tab" data-code="${name}"></button><pre id="code-${name}" hidden></pre>`).join('')}<button data-code-show="demo"></button><button data-code-copy></button></section>`

test('the empty page shows four ways to publish, one at a time', async () => {
  const { signal } = fill(EMPTY)
  const copied = []
  Object.defineProperty(navigator, 'clipboard', {
    value: { writeText: async text => copied.push(text) },
    configurable: true,
  })
  const told = new Promise(resolve => {
    new Empty($('#empty'), { signal, oncopied: resolve })
  })

  click($('[data-code=redis]'))
  click($('[data-code-copy]'))

  assert.equal(await told, true)
  assert.deepEqual(
    $$('pre').map(node => node.hidden),
    [true, true, false, true],
  )
  assert.match(copied[0], /^redis-cli XADD events '\*' event/)
  assert.match(examples('http://h:1/x/dashboard').curl, /http:\/\/h:1\/x\/api\/events/)
  press('ArrowRight', $('[data-code=redis]'))
  assert.equal($('#code-demo').hidden, false)
  press('ArrowRight', $('[data-code=demo]'))
  assert.equal($('#code-curl').hidden, false)
  click($('[data-code-show=demo]'))
  assert.equal(document.activeElement, $('[data-code=demo]'))
  assert.match($('#code-demo').textContent, /python -m dashboard --demo/)
})

const NO_MATCH = '<div id="nomatch" hidden><p id="nomatch-text"></p><div id="nomatch-options"></div></div>'

test('nothing matches: each filter alone, a longer range, or all of it', () => {
  fill(NO_MATCH)
  const filters = { search: HOSTILE[0], priority: ['critical'], time_range: '15m' }
  const set = []

  new NoMatch($('#nomatch'), { onfilters: value => set.push(value) }).update(true, { filters, fields: [], matched: 0 })
  for (const node of $$('button')) click(node)

  assert.deepEqual(texts('button').slice(-4), [
    'without priority critical',
    'in the last 24h',
    'in all retained',
    'Clear all',
  ])
  assert.match($('#nomatch-text').textContent, /No retained event passes/)
  assert.deepEqual(set.at(-1), { time_range: '15m' })
  assert.equal(set.at(-2).time_range, 'all')
  assert.deepEqual(injected(), [])
})

test('events that were counted but are gone are told apart from none', () => {
  fill(NO_MATCH)

  new NoMatch($('#nomatch'), {}).update(true, { filters: {}, fields: [], matched: 325 })

  assert.match($('#nomatch-text').textContent, /^325 events were counted here, but they are no longer retained/)
})

test('where nothing restricts there is only a longer range to offer', () => {
  assert.deepEqual(loosenings({ time_range: 'all' }, []), [])
  assert.deepEqual(
    loosenings({ time_range: '7d' }, []).map(option => option.value),
    ['all retained'],
  )
})
