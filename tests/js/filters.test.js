import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, press, texts } from './environment.js'
import { PAGE } from './skeleton.js'
import { FilterBar, withinText } from '../../dashboard/client/filters.js'
import { FilterSheet } from '../../dashboard/client/sheet.js'

const FACETS = {
  types: [
    ['agent_request', 9846],
    ['metrics', 12],
  ],
  sources: Array.from({ length: 11 }, (_, n) => [`source_${n}`, 100 - n]),
  priorities: { low: 1, normal: 2, high: 3, critical: 4 },
}

let bar, set

beforeEach(() => {
  const { signal } = fill(PAGE)
  set = []
  bar = new FilterBar({ signal, onfilters: filters => set.push(filters), onsheet: () => {} })
  bar.update({ filters: { time_range: '15m' }, facets: FACETS })
})

const type = text => {
  $('#search').focus()
  $('#search').value = text
  $('#search').dispatchEvent(new Event('input'))
}

test('of what is typed the first letter is sent at once, and what follows together', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const searches = () => set.map(filters => filters.search)

  for (const text of ['b', 'bi', 'bill']) type(text)
  assert.deepEqual(searches(), ['b'])
  t.mock.timers.tick(100)
  assert.deepEqual(searches(), ['b', 'bill'])

  t.mock.timers.tick(100)
  type('billing')
  assert.deepEqual(searches(), ['b', 'bill', 'billing'])
})

test('a search that is emptied while it is typed is no search', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  type('b')
  type('bi')
  bar.clearTo({ time_range: '15m' })
  t.mock.timers.tick(1000)

  assert.deepEqual(set.at(-1), { time_range: '15m' })
})

test('a fault of what is half typed is told once it stays', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  type('type:')
  bar.showError('type: names no type')
  assert.ok($('#search-error').hidden)
  bar.showError('')
  t.mock.timers.tick(1000)
  assert.ok($('#search-error').hidden)

  bar.showError('type: names no type')
  t.mock.timers.tick(1000)
  assert.equal($('#search-error').textContent, 'type: names no type')
  bar.showError('')
  assert.ok($('#search-error').hidden)
})

test('Enter sends at once, and what is being typed is not overwritten by the answer', () => {
  type('billing ')
  press('Enter', $('#search'))
  bar.update({ filters: { time_range: '15m', search: 'billing' } })

  assert.equal(set.length, 1)
  assert.equal($('#search').value, 'billing ')

  $('#search').blur()
  bar.update({ filters: { time_range: '15m', search: 'other' } })
  assert.equal($('#search').value, 'other')
})

test('what is visited in the midst of typing is shown, and the typing is over', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  type('b')
  type('bi')

  bar.dropTyping()
  bar.update({ filters: { time_range: '15m' } })
  t.mock.timers.tick(1000)

  assert.equal($('#search').value, '')
  assert.deepEqual(
    set.map(filters => filters.search),
    ['b'],
  )
})

test('priorities: one off leaves the others, all on is no restriction', () => {
  click($('#priorities [data-value=low]'))
  assert.deepEqual(set.at(-1).priority, ['normal', 'high', 'critical'])
  assert.deepEqual(
    $$('#priorities [aria-pressed=true]').map(node => node.dataset.value),
    ['normal', 'high', 'critical'],
  )

  click($('#priorities [data-value=low]'))
  assert.deepEqual(set.at(-1).priority, [])
})

test('menus, range and chips all give whole filters', () => {
  $('#types-menu').showPopover()
  click($('#types-menu .option'))
  click($('#range [data-value="24h"]'))
  click($('#chips .chip button'))

  assert.deepEqual(set, [
    { time_range: '15m', event_types: ['metrics'] },
    { time_range: '24h', event_types: ['metrics'] },
    { time_range: '24h', event_types: [] },
  ])
  assert.equal($('#chips').hidden, true)
})

test('removing the chip of a term empties the box as well', () => {
  bar.update({ filters: { search: 'a -b' } })

  click($$('#chips .chip button')[1])

  assert.equal(set.at(-1).search, 'a')
  assert.equal($('#search').value, 'a')
})

test('a search that the server refuses is marked where it stands', () => {
  bar.showError(`unclosed phrase ${HOSTILE[0]}`)
  assert.equal($('#search').getAttribute('aria-invalid'), 'true')
  assert.equal($('#search-error').hidden, false)
  assert.deepEqual(injected(), [])

  bar.showError('')
  assert.equal($('#search-error').hidden, true)
})

test('the fields of a platform get a menu of their own', () => {
  assert.equal($('#fields-button').hidden, true)

  bar.update({ fields: [{ name: 'tenant', label: 'Tenant', kind: 'text' }] })
  $('#fields-menu input').value = 'acme'
  $('#fields-menu input').dispatchEvent(new Event('change'))

  assert.equal($('#fields-button').hidden, false)
  assert.deepEqual(set.at(-1), { time_range: '15m', tenant: 'acme' })
  assert.deepEqual(texts('.chip'), ['Tenantacme'])
})

test('menus say which events they count', () => {
  assert.equal(withinText('15m'), 'with events in the last 15 min')
  assert.equal(withinText('all'), 'of all events retained')
  assert.match(
    withinText({ start: '2024-01-15T10:00:00Z', end: '2024-01-15T11:00:00Z' }),
    /^from 2024-01-15 10:00:00 to 11:00:00/,
  )
})

function openSheet(filters, changes = {}) {
  const { signal } = fill(PAGE)
  const done = { set: [], custom: 0 }
  const sheet = new FilterSheet($('#sheet'), {
    signal,
    onfilters: value => done.set.push(value),
    oncustom: () => {
      done.custom += 1
    },
  })
  sheet.open({ filters, facets: FACETS, fields: [], matched: 26736, ...changes })
  return { sheet, done }
}
const buttonOf = text => $$('#sheet button').find(node => node.textContent.includes(text))

test('the sheet of the phone holds the same filters', () => {
  const { done } = openSheet({ time_range: '15m', event_types: ['metrics'] })

  click(buttonOf('1h'))
  click(buttonOf('Critical'))
  click(buttonOf('agent_request'))
  click(buttonOf('source_3'))

  assert.deepEqual(
    done.set.map(({ time_range: range, priority, event_types: types, sources }) => [
      range,
      priority,
      types,
      sources?.length,
    ]),
    [
      ['1h', undefined, ['metrics'], undefined],
      ['1h', ['low', 'normal', 'high'], ['metrics'], undefined],
      ['1h', ['low', 'normal', 'high'], [], undefined],
      ['1h', ['low', 'normal', 'high'], [], 10],
    ],
  )
  assert.equal(buttonOf('Show').textContent, 'Show 26,736 events')
})

test('the sheet shows more names on demand, clears all, and hands over to the custom range', () => {
  const { done } = openSheet({ search: 'x', time_range: '24h' })
  assert.equal(buttonOf('source_10'), undefined)

  click(buttonOf('3 more'))
  assert.ok(buttonOf('source_10'))
  click(buttonOf('Clear all'))
  click(buttonOf('Custom'))

  assert.deepEqual(done.set, [{ time_range: '24h' }])
  assert.equal(done.custom, 1)
  assert.equal($('#sheet').open, false)
})

test('an open sheet follows a filter that changes elsewhere, and counts alone do not disturb it', () => {
  const { sheet } = openSheet({ time_range: '15m' })
  const first = $('#sheet .toggle')

  sheet.update({ filters: { time_range: '15m' }, facets: {}, fields: [], matched: 1 })
  assert.equal($('#sheet .toggle'), first)

  sheet.update({ filters: { time_range: '7d' }, facets: FACETS, fields: [], matched: 1 })
  assert.equal($('#sheet .seg [aria-pressed=true]').textContent, '7d')
})

const MANY = Array.from({ length: 500 }, (_, n) => [`source_${n}`, 500 - n])
const sources = () => $$('#sheet .sheet-body section')[3]
const sourcePicks = () => $$('.pick bdi', sources()).map(node => node.textContent)

test('a sheet with many names shows the chosen first, and narrows what it shows', () => {
  const { sheet, done } = openSheet({ sources: ['source_499'] }, { facets: { sources: MANY } })
  assert.deepEqual(sourcePicks().slice(0, 2), ['source_499', 'source_0'])

  const box = $('.menu-filter', sources())
  box.value = 'SOURCE_49'
  box.dispatchEvent(new Event('input', { bubbles: true }))
  assert.equal(sourcePicks().length, 11)
  click($$('.pick', sources())[1])
  assert.deepEqual(done.set, [{ sources: ['source_499', 'source_49'] }])

  sheet.update({ filters: done.set[0], facets: { sources: [['source_49', 7000]] }, fields: [], matched: 1 })
  assert.equal(box.value, 'SOURCE_49')
  assert.equal($$('.pick i', sources())[1].textContent, '7,000')
  assert.equal($('h3 span', sources()).textContent, '2 of 500')

  box.value = 'nobody'
  box.dispatchEvent(new Event('input', { bubbles: true }))
  assert.deepEqual(sourcePicks(), [])
  assert.equal($('.menu-none', sources()).hidden, false)
})

test('hostile names stay text in the sheet', () => {
  const names = HOSTILE.map((name, n) => [name, n])
  openSheet({ event_types: HOSTILE }, { facets: { types: names, sources: names } })

  assert.deepEqual(injected(), [])
})

test('a chip that is lifted by the keyboard hands the focus on: to the next, or to the search', () => {
  bar.update({ filters: { search: 'a b' } })
  const first = $('#chips button')
  first.matches = selector => selector === ':focus-visible'
  first.focus()
  click(first)
  assert.equal(document.activeElement, $('#chips button'))
  assert.deepEqual(texts('#chips .chip bdi'), ['b'])

  const last = $('#chips button')
  last.matches = selector => selector === ':focus-visible'
  click(last)
  assert.equal(document.activeElement, $('#search'))
})

test('the histogram says how long one of its bars is', () => {
  for (const [seconds, text] of [[5, '5 s'], [15, '15 s'], [60, '1 min'], [1440, '24 min'], [86_400, '1 d']]) {
    bar.update({ facets: { ...FACETS, bar_s: seconds } })
    assert.equal($('#bars').textContent, `${text} per bar, drag to select a time range`)
  }
})
