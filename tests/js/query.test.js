import assert from 'node:assert/strict'
import { test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, texts } from './environment.js'
import { chipsOf, rangeText, renderChips } from '../../dashboard/client/chips.js'
import {
  around,
  cleared,
  fieldTerm,
  phrase,
  termsOf,
  toggled,
  withoutTerm,
  withTerm,
} from '../../dashboard/client/query.js'

test('the search splits into the terms of its syntax', () => {
  const search = 'word "a phrase" -exclude type:x source:y priority:high data.a.b:c -"not this" data.note:"some words"'

  assert.deepEqual(termsOf(search), [
    'word',
    '"a phrase"',
    '-exclude',
    'type:x',
    'source:y',
    'priority:high',
    'data.a.b:c',
    '-"not this"',
    'data.note:"some words"',
  ])
  assert.deepEqual(termsOf(undefined), [])
})

test('a term is quoted where the syntax would take it apart', () => {
  assert.deepEqual(['plain', 'two words', '-minus', 'a:b', 'say "hello there" now', ''].map(phrase), [
    'plain',
    '"two words"',
    '"-minus"',
    '"a:b"',
    '"hello there"',
    '',
  ])
})

test('a key which the syntax cannot write leaves the bare phrase', () => {
  assert.equal(fieldTerm(['data', 'invoice', 'id'], 'inv_1'), 'data.invoice.id:inv_1')
  assert.equal(fieldTerm(['data', 'a b'], 'x'), 'x')
  assert.equal(fieldTerm(['data', 'invoice'], ''), 'data.invoice:')
  assert.equal(fieldTerm(['data', 'note'], '""'), 'data.note:')
  assert.equal(fieldTerm(['data', 'a b'], ''), '"a b"')
  assert.equal(fieldTerm(['data', 'a.b'], 'x y'), '"x y"')
})

test('a term enters the search once and leaves it alone', () => {
  const filters = withTerm({ search: 'a "b c"' }, '-d')

  assert.equal(filters.search, 'a "b c" -d')
  assert.equal(withTerm(filters, '-d'), filters)
  assert.equal(withoutTerm(filters, '"b c"').search, 'a -d')
})

test('switching names: all on is no restriction', () => {
  const known = ['a', 'b', 'c']

  assert.deepEqual(toggled([], known, 'b'), ['a', 'c'])
  assert.deepEqual(toggled(['a', 'c'], known, 'b'), [])
  assert.deepEqual(toggled(['a'], known, 'a'), [])
  assert.deepEqual(toggled(['gone'], known, 'a'), ['gone', 'a'])
})

test('around an event is a minute before and after', () => {
  assert.deepEqual(around('2024-01-15T10:30:00Z', 60), {
    start: '2024-01-15T10:29:00.000Z',
    end: '2024-01-15T10:31:00.000Z',
  })
})

const FILTERS = {
  search: '-heartbeat data.x:1',
  event_types: ['a', 'b', 'c'],
  sources: [],
  priority: ['high'],
  time_range: { start: '2024-01-15T10:30:00Z', end: '2024-01-15T11:00:00Z' },
  tenant: 'acme',
  only_slow: false,
}
const FIELDS = [
  { name: 'tenant', label: 'Tenant' },
  { name: 'only_slow', label: 'Only slow' },
]

test('there is a chip for each thing that restricts, and only for those', () => {
  const chips = chipsOf(FILTERS, FIELDS)

  assert.deepEqual(
    chips.map(({ key, value }) => `${key} ${value}`),
    [
      'search -heartbeat',
      'search data.x:1',
      'type a, b + 1',
      'priority high',
      'time 2024-01-15 10:30:00 to 11:00:00',
      'Tenant acme',
    ],
  )
  assert.deepEqual(chipsOf({ time_range: '15m' }), [])
  assert.deepEqual(chipsOf({}), [])
})

test('each chip lifts its own restriction and nothing else', () => {
  const [first, , types, , time, tenant] = chipsOf(FILTERS, FIELDS).map(chip => chip.without)

  assert.equal(first.search, 'data.x:1')
  assert.deepEqual(types, { ...FILTERS, event_types: [] })
  assert.equal('time_range' in time, false)
  assert.equal('tenant' in tenant, false)
})

test('clearing all keeps the range of the segmented control', () => {
  assert.deepEqual(cleared({ search: 'x', time_range: '24h' }, ['15m', '24h']), { time_range: '24h' })
  assert.deepEqual(cleared(FILTERS, ['15m', '24h']), {})
})

test('a range across days names both', () => {
  assert.equal(
    rangeText({ start: '2024-01-15T10:30:00Z', end: '2024-01-16T10:30:00.500Z' }),
    '2024-01-15 10:30:00 to 2024-01-16 10:30:00',
  )
  assert.equal(rangeText({ end: '2024-01-16T10:30:00Z' }), 'the beginning to 2024-01-16 10:30:00')
})

test('chips are drawn, removed by their x, and cleared together', () => {
  fill('<div id="chips"></div>')
  const set = []

  renderChips($('#chips'), chipsOf(FILTERS, FIELDS), FILTERS, filters => set.push(filters))
  click($$('.chip button')[0])
  click($('#chips > button'))

  assert.equal($$('.chip').length, 6)
  assert.equal($('.chip button').getAttribute('aria-label'), 'Remove filter search -heartbeat')
  assert.deepEqual(
    set.map(filters => filters.search),
    ['data.x:1', undefined],
  )
})

test('hostile filters stay text in chips', () => {
  fill('<div id="chips"></div>')
  const filters = { search: HOSTILE.join(' '), event_types: HOSTILE, sources: HOSTILE }

  renderChips($('#chips'), chipsOf(filters), filters, () => {})

  assert.deepEqual(injected(), [])
  assert.ok(texts('.chip bdi').some(text => text.includes('onerror')))
})

test('a long text is searched for by its beginning, which ends between two letters', () => {
  const term = phrase(`${'x'.repeat(199)}😀${'y'.repeat(5000)}`)

  assert.equal(term, 'x'.repeat(199))
  assert.equal(fieldTerm(['data', 'note'], `a b${'c'.repeat(500)}`), `data.note:"a b${'c'.repeat(197)}"`)
})
