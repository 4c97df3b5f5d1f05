import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, frame, HOSTILE, injected, press, texts } from './environment.js'
import { compareIds, makeBreak } from '../../dashboard/client/breaks.js'
import { following, hasSteppedBack, MOST_OLDER, RowList } from '../../dashboard/client/rowlist.js'
import { Held } from '../../dashboard/client/held.js'
import { EventTable } from '../../dashboard/client/table.js'

const ROW = 32
const VISIBLE = 10

const NOW = Date.now()
const event = n => [`${n}-0`, NOW, 'normal', 'test', 's', 'a', `action ${n}`, '', null, 0]
const events = (from, count) => Array.from({ length: count }, (_, index) => event(from + index))
const leftOut = (after, before, count) => makeBreak('unread', `${after}-0`, `${before}-0`, count)

let table, grid, asked, held

beforeEach(() => {
  const { signal } = fill('<div id="grid" role="grid" tabindex="0"><div class="head"></div></div>')
  grid = $('#grid')
  const questions = (asked = [])
  held = []
  table = new EventTable(grid, {
    signal,
    onselect() {},
    onhold: told => held.push(told.count),
    onolder: question => questions.push(question),
  })
  grid.style.overflowY = 'auto'
  const box = (top, bottom) => () => ({ top, bottom, width: 900, left: 0 })
  grid.getBoundingClientRect = box(0, ROW + VISIBLE * ROW)
  grid.firstElementChild.getBoundingClientRect = box(0, ROW)
  $('.ev-space').getBoundingClientRect = () => ({ top: ROW - grid.scrollTop, bottom: 0 })
})

const painted = async () => {
  await frame()
  await frame()
}

const show = async items => {
  table.take(items, '{}')
  await painted()
}

/** Told as the server does: rows, and how far back they reach. */
const answer = async (rows, facts = {}) => {
  const whole = { whole: false, last: false, missed: 0, error: '', back_to: rows[0]?.[0] ?? asked.at(-1).before }
  table.past.take({ n: asked.at(-1).n, view: '{}', rows: JSON.stringify(rows), ...whole, ...facts })
  await painted()
}

const scrollTo = async y => {
  grid.scrollTop = y
  grid.dispatchEvent(new Event('scroll'))
  await painted()
}

const actions = () => table.rows.map(row => row[6] ?? row[2])
const breaks = () => $$('.ev-break:not([hidden])').map(node => $('.ev-cell', node).textContent)
const state = kind => $(`.ev-break[data-kind=${kind}]:not([hidden])`)?.dataset.state

test('ids are compared as pairs of numbers of any size', () => {
  const ids = ['9-0', '10-0', '10-9', '10-10', '18446744073709551615-1', '18446744073709551615-2']

  assert.deepEqual([...ids].reverse().sort(compareIds), ids)
  assert.equal(compareIds('7-1', '7-1'), 0)
})

test('rows that go on after what is there are taken from there', () => {
  assert.deepEqual(following(events(1, 5), '3-0'), events(4, 2))
  assert.deepEqual(following(events(1, 2), undefined), events(1, 2))
})

test('rows that do not join what is there come with a break', () => {
  assert.deepEqual(following(events(8, 2), '3-0'), [makeBreak('unread', '3-0', '8-0'), ...events(8, 2)])
})

test('ids have stepped back where what there is begins before the newest row and does not have it', () => {
  assert.equal(hasSteppedBack(events(1, 2), '30-0'), true)
  assert.equal(hasSteppedBack([...events(1, 2), event(40)], '30-0'), true)
  assert.equal(hasSteppedBack(events(29, 2), '30-0'), false)
  assert.equal(hasSteppedBack(events(31, 2), '30-0'), false)
  assert.equal(hasSteppedBack([], '30-0'), false)
  assert.equal(hasSteppedBack(events(1, 2), undefined), false)
})

test('where ids stepped back, the rows are those of the log as it is, each once, with a gap for what is gone', async () => {
  await show(events(1, 9))

  await show(events(1, 5))
  assert.deepEqual(table.rows, [...events(1, 5), makeBreak('gap', '5-0', '9-0')])
  table.push([event(12)])
  await painted()

  assert.deepEqual(table.rows, [...events(1, 5), makeBreak('gap', '5-0', '9-0'), event(12)])
  assert.equal(breaks().filter(text => text.startsWith('Events are missing here, how many is not known')).length, 1)
  assert.equal($$('.ev:not([hidden])').length, 6)
})

test('where newer ones had followed when ids stepped back, the gap lies below them', async () => {
  await show(events(1, 9))

  await show([...events(1, 5), event(12)])

  assert.deepEqual(table.rows, [...events(1, 5), makeBreak('gap', '5-0', '12-0'), event(12)])
})

test('a server that was only behind brings what seemed to be gone', async () => {
  await show(events(1, 9))
  await show(events(1, 5))

  table.push(events(6, 2))
  table.push(events(8, 3))

  assert.deepEqual(table.rows, events(1, 10))
})

test('a row that left a range of time is no gap', async () => {
  const view = '{"time_range":"15m"}'
  table.take([...events(1, 5), event(9)], view)

  table.take(events(1, 5), view)

  assert.deepEqual(table.rows, events(1, 5))
})

test('the end of a short table asks for what is older, and shows it below', async () => {
  await show(events(10, 3))
  assert.deepEqual(asked, [{ n: 1, before: '10-0', after: null }])
  assert.equal(state('end'), 'loading')

  await answer(events(4, 6), { whole: true, last: true })

  assert.deepEqual(actions(), events(4, 9).map(row => row[6]))
  assert.equal(grid.getAttribute('aria-rowcount'), '11')
  assert.deepEqual(breaks(), ['No older event is retained'])
})

test('while older ones may come the number of rows is unknown', async () => {
  await show(events(0, 500))

  assert.equal(grid.getAttribute('aria-rowcount'), '-1')
  assert.deepEqual(asked, [])
})

test('near the end the next stretch is loaded before it is reached, one at a time', async () => {
  await show(events(1000, 100))

  await scrollTo((100 - VISIBLE - 20) * ROW)
  await scrollTo((100 - VISIBLE) * ROW)
  assert.equal(asked.length, 1)
  await answer(events(900, 100))

  assert.equal(table.rows.length, 200)
  assert.equal(grid.scrollTop, (100 - VISIBLE) * ROW)
})

test('a search without a find says how far it came, and after a while asks whether to go on', async () => {
  await show(events(1_000_000, 1))
  for (let n = 1; n <= 8; n++) {
    assert.equal(asked.length, n)
    await answer([], { back_to: `${1_000_000 - n * 1000}-0` })
  }

  assert.equal(asked.length, 8)
  assert.equal(state('end'), 'more')
  assert.match(breaks()[0], /Nothing older found back to 01-01 00:16:32Search further/)

  click($('.ev-break[data-kind=end] button'))
  assert.equal(asked.at(-1).before, '992000-0')
})

test('what cannot be loaded says why, as text, and is tried again', async () => {
  await show(events(0, 1))

  await answer([], { error: HOSTILE.join(' ') })
  assert.match(breaks()[0], /Older events cannot be loaded: .*Try again$/s)
  assert.deepEqual(injected(), [])

  click($('.ev-break[data-kind=end] button'))
  await answer([], { whole: true, last: true })
  assert.equal(state('end'), 'end')
})

test('who presses a break in the moment in which it was filled asks for nothing', async () => {
  const gone = leftOut(99, 150, 50)
  await show([...events(0, 100), gone, ...events(150, 5)])
  table.past.act(gone[0])
  await answer(events(100, 50), { whole: true })
  const questions = asked.length

  table.past.act(gone[0])

  assert.equal(asked.length, questions)
})

test('an answer to a question of an earlier filter is no answer', async () => {
  await show(events(10, 3))
  const old = { n: 1, view: '{"search":"x"}', rows: JSON.stringify(events(1, 3)), whole: true, last: true, missed: 0 }

  table.past.take(old)
  table.take(events(20, 2), '{"search":"y"}')
  table.past.take({ ...old, view: '{"search":"y"}' })

  assert.deepEqual(actions(), ['action 20', 'action 21'])
})

test('rows that were left out out of sight are loaded for a reader, and the reader is not moved', async () => {
  await show([...events(0, 100), leftOut(99, 200, 100), ...events(200, 100)])
  table.setPaused(true)
  await scrollTo(120 * ROW)
  assert.deepEqual(asked, [{ n: 1, before: '200-0', after: '99-0' }])

  await answer(events(100, 100), { whole: true })

  assert.equal(grid.scrollTop, (120 + 99) * ROW)
  assert.equal(table.list.breaks, 0)
  assert.deepEqual(actions(), events(0, 300).map(row => row[6]))
})

test('what was left out in sight stays until it is asked for, and then only what lies below moves', async () => {
  await show([...events(0, 100), leftOut(99, 150, 50), ...events(150, 5)])
  table.setPaused(true)
  await frame()
  assert.deepEqual(asked, [])
  assert.deepEqual(breaks(), ['50 more hereShow them'])
  const above = $$('.ev:not([hidden])').filter(row => Number(row.getAttribute('aria-rowindex')) < 7)
  const places = above.map(row => row.style.transform)

  click($('.ev-break button'))
  await answer(events(120, 30))

  assert.deepEqual(above.map(row => row.style.transform), places)
  assert.equal(table.list.at(5)[6], 'action 149')
  assert.equal(table.rows.find(item => item[2] === 'unread')[5], 20)
})

test('left out rows that are gone meanwhile become a gap with exactly so many', async () => {
  await show([...events(0, 2), leftOut(1, 50, 30), ...events(50, 2)])
  await answer([], { whole: true, last: true })
  table.setPaused(true)

  click($('.ev-break[data-kind=unread] button'))
  await answer(events(40, 10), { whole: true, last: true, missed: 1204 })

  const gap = $('.ev-break[data-kind=gap]')
  assert.match(gap.textContent, /^20 events not retained/)
  assert.equal(gap.getAttribute('role'), 'row')
  assert.equal($('[role=gridcell]', gap).getAttribute('aria-colspan'), '6')
  assert.equal(gap.getAttribute('aria-selected'), null)
})

test('after a time away the missing ones are counted in a row between the two events', async () => {
  await show(events(0, 3))
  await answer([], { whole: true, last: true })

  table.take(events(2000, 3), '{}')
  table.setPaused(true)
  await frame()
  click($('.ev-break[data-kind=unread] button'))
  await answer([], { whole: true, last: true, missed: 1204, back_to: '2000-0' })

  assert.match(breaks().join(), /1,204 events not retained/)
  assert.deepEqual(actions(), ['action 0', 'action 1', 'action 2', 'gap', 'action 2000', 'action 2001', 'action 2002'])
})

test('a break is where keys can go and read, and never an event', async () => {
  await show([...events(0, 50), makeBreak('gap', '49-0', '60-0', 7), event(60)])
  table.go(0)

  press('ArrowDown', grid)
  await frame()
  assert.equal(grid.getAttribute('aria-activedescendant'), 'ev-~60-0')
  assert.equal(table.selectedEvent, undefined)
  assert.deepEqual($$('[aria-selected=true]:not([hidden])'), [])

  press('ArrowUp', grid)
  table.step(1, true)
  assert.equal(table.selected, '49-0')
})

test('Enter on the end loads, and the reader goes on with what came', async () => {
  await show(events(10, 3))
  await answer([], { error: 'away' })
  table.go(3)
  assert.equal(table.selected, '~end')

  press('Enter', grid)
  await answer(events(8, 2))

  assert.equal(table.selected, '9-0')
})

test('back at the newest the past is let go of, and can be loaded again', async () => {
  table.list.cap = 100
  await show(events(1000, 100))
  await scrollTo(80 * ROW)
  await answer(events(900, 100))
  assert.equal(table.rows.length, 200)

  table.catchUp()
  await frame()

  assert.equal(table.rows.length, 100)
  assert.equal(grid.scrollTop, 0)
  await scrollTo(80 * ROW)
  assert.equal(asked.at(-1).before, '1000-0')
})

test('rows older than a gap that had to leave are not loaded as if nothing was missing', () => {
  const list = new RowList(3)
  list.replace(events(0, 2))

  list.append([makeBreak('unread', '1-0', '50-0'), ...events(50, 3)])

  assert.deepEqual(list.items, events(50, 3))
  assert.deepEqual(list.left(list.end, [], { whole: true, last: true, missed: 12, back_to: '50-0' }), [
    makeBreak('gap', '1-0', '50-0', 12),
  ])
})

test('no more than so many older rows are kept, and that is said', async () => {
  await show(events(100_000, 1000))
  await scrollTo(990 * ROW)
  table.list.items.unshift(...events(0, MOST_OLDER))
  table.list.changed()
  await answer([])
  await scrollTo((MOST_OLDER + 1000 - VISIBLE + 1) * ROW)

  assert.equal(state('end'), 'full')
  assert.match(breaks()[0], /10,000 older rows are loaded/)
})

test('a keyboard reader holds the table, and Space lets it go on', async () => {
  await show(events(0, 20))
  table.focus(true)

  table.push(events(20, 2))
  assert.equal(held.at(-1), 2)
  table.catchUp()

  assert.equal(held.at(-1), 0)
  assert.equal(table.list.newestId, '21-0')
  table.push(events(22, 1))
  assert.equal(table.list.newestId, '22-0')
})

test('what is held is counted on across sessions, and a count that is not sure says so', () => {
  const held = new Held(10)
  held.note(100)
  held.add(events(0, 5))
  held.note(140)
  assert.equal(held.told.count, 40)

  held.restart()
  held.add(events(5, 1))
  held.note(3, 1)

  assert.deepEqual([held.told.count, held.told.isLeast], [43, true])
})

test('texts of breaks stay text', async () => {
  await show([event(1), makeBreak('gap', '1-0', '5-0', 3), event(5)])

  assert.deepEqual(injected(), [])
  assert.ok(texts('.ev-break bdi').length)
})

test('an event further back is shown with what is around it, and breaks where that does not join', async () => {
  await show(events(5000, 100))

  table.reveal('1000-0')
  assert.deepEqual(asked.at(-1), { n: 1, around: '1000-0' })
  await answer(events(940, 120))

  assert.deepEqual(
    table.rows.filter(item => item[1] === null),
    [makeBreak('unread', '1059-0', '5000-0')],
  )
  assert.equal(grid.scrollTop, (100 + 1 + 59 + 0.5) * ROW - (VISIBLE * ROW) / 2)
  await scrollTo(200 * ROW)
  assert.deepEqual(asked.at(-1), { n: 2, before: '940-0', after: null })
})

test('what is around an event joins the rows where it reaches them', async () => {
  await show(events(100, 100))

  table.reveal('80-0')
  await answer(events(20, 120))

  assert.deepEqual(table.rows, events(20, 180))
})

test('an event in a stretch that was left out parts it in two', async () => {
  await show([...events(0, 100), leftOut(99, 1000, 900), ...events(1000, 10)])
  table.reveal('500-0')
  await answer(events(440, 120))

  assert.deepEqual(
    table.rows.filter(item => item[1] === null).map(([, , ...rest]) => rest),
    [
      ['unread', '99-0', '440-0', null],
      ['unread', '559-0', '1000-0', null],
    ],
  )
})

test('an event among the rows is scrolled to at once, and one asked for before there were rows once there are', async () => {
  table.reveal('50-0')
  assert.deepEqual(asked, [])

  await show(events(0, 100))

  assert.equal(grid.scrollTop, (49 + 0.5) * ROW - (VISIBLE * ROW) / 2)
})
