import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { $, fill, texts } from './environment.js'
import { chipsOf, rangeText } from '../../dashboard/client/chips.js'
import { Drawer } from '../../dashboard/client/drawer.js'
import { clock, fullTime } from '../../dashboard/client/format.js'
import { RangeControl } from '../../dashboard/client/range.js'
import { fromInput, setLocal, tellZone, toInput, toggleZone, wall, zoneName } from '../../dashboard/client/zone.js'

const WINTER = '2024-01-15T10:30:00.250Z'
const SUMMER = '2024-07-15T10:30:00Z'
const at = iso => Date.parse(iso)

beforeEach(() => {
  process.env.TZ = 'Europe/Berlin'
  setLocal(true)
})
afterEach(() => {
  process.env.TZ = 'UTC'
  setLocal(false)
})

test('UTC is UTC wherever the browser is', () => {
  setLocal(false)

  assert.deepEqual(clock(at(WINTER), at(WINTER)), ['10:30:00', '.250'])
  assert.equal(fullTime(SUMMER), '2024-07-15 10:30:00 UTC')
  assert.equal(toInput(WINTER), '2024-01-15T10:30:00')
  assert.equal(fromInput('2024-01-15T10:30:00'), '2024-01-15T10:30:00.000Z')
})

test('local time follows summer and winter, and says by how much it differs', () => {
  assert.deepEqual(clock(at(WINTER), at(WINTER)), ['11:30:00', '.250'])
  assert.equal(fullTime(WINTER), '2024-01-15 11:30:00 UTC+1')
  assert.equal(fullTime(SUMMER), '2024-07-15 12:30:00 UTC+2')
  assert.equal(wall(at(SUMMER)) - at(SUMMER), 7_200_000)
})

test('every offset has a name', () => {
  const names = { 'Asia/Kolkata': 'UTC+5:30', 'America/St_Johns': 'UTC−3:30', 'Asia/Kathmandu': 'UTC+5:45', UTC: 'UTC+0' }
  for (const [zone, name] of Object.entries(names)) {
    process.env.TZ = zone
    assert.equal(zoneName(at(WINTER)), name)
  }
})

test('another day is another day of the zone that is shown', () => {
  const [late, next] = [at('2024-01-15T22:59:59Z'), at('2024-01-15T23:00:01Z')]

  assert.deepEqual(clock(late, next), ['01-15 23:59:59', ''])
  setLocal(false)
  assert.deepEqual(clock(late, next), ['22:59:59', '.000'])
})

test('the choice is kept for the next visit', () => {
  assert.equal(localStorage.getItem('zone'), 'local')
  toggleZone()
  assert.equal(localStorage.getItem('zone'), 'utc')
  assert.equal(zoneName(), 'UTC')
})

test('where storage is denied the choice lasts as long as the page', t => {
  const denied = () => {
    throw new Error('denied')
  }
  t.mock.method(Object.getPrototypeOf(localStorage), 'setItem', denied)

  setLocal(false)

  assert.equal(zoneName(), 'UTC')
})

test('a range is asked for in the zone, and absolute all the same', () => {
  const { signal } = fill(
    `<div id="bar"><button data-value="custom"></button></div>
     <form id="form"><input name="start"><input name="end"><p class="field-error"></p><button data-close></button></form>`,
  )
  const chosen = []
  const control = new RangeControl($('#bar'), $('#form'), { signal, onchange: range => chosen.push(range) })
  control.update({ start: '2024-01-15T10:00:00Z', end: '2024-01-15T11:00:00Z' })
  control.open()
  const { start, end } = $('#form').elements
  assert.deepEqual([start.value, end.value], ['2024-01-15T11:00:00', '2024-01-15T12:00:00'])

  end.value = '2024-01-15T12:30:00'
  $('#form').dispatchEvent(new Event('submit', { cancelable: true }))

  assert.deepEqual(chosen, [{ start: '2024-01-15T10:00:00.000Z', end: '2024-01-15T11:30:00.000Z' }])
})

test('a chip shows its range in the zone, and names that in its tooltip', () => {
  const range = { start: '2024-01-15T22:30:00Z', end: '2024-01-15T23:30:00.999Z' }

  assert.equal(rangeText(range), '2024-01-15 23:30:00 to 2024-01-16 00:30:00')
  assert.match(chipsOf({ time_range: range })[0].title, / UTC\+[12]$/)
})

test('a drawer tells its time anew, and keeps what is open in it', () => {
  const { signal } = fill('<aside id="drawer"></aside>')
  const drawer = new Drawer($('#drawer'), { signal })
  const event = { id: '1-0', event_type: 'test', source: 's', priority: 'low', timestamp: WINTER, data: '{"a": 1}' }
  drawer.show({ event, title: '', bytes: 8, trace: [] })
  const tree = $('.json')
  assert.equal(texts('.facts dd')[0], '01-15 11:30:00 UTC+1')

  setLocal(false)
  drawer.retell()

  assert.equal(texts('.facts dd')[0], '01-15 10:30:00 UTC')
  assert.equal($('.facts dd').title, WINTER)
  assert.equal($('.json'), tree)

  drawer.show({ missing: true, event: { id: '9-0' }, reason: 'gone', at: WINTER, since: SUMMER })
  setLocal(true)
  drawer.retell()
  assert.match($('.drawer-note').textContent, /came at 2024-01-15 11:30:00 UTC\+1.*came at 2024-07-15 12:30:00 UTC\+2/)
})

test('the page names the zone in each place that is marked', () => {
  fill('<small data-zone>UTC</small><b data-zone></b>')
  process.env.TZ = 'Asia/Kolkata'

  tellZone()

  assert.deepEqual(texts('[data-zone]'), ['UTC+5:30', 'UTC+5:30'])
})
