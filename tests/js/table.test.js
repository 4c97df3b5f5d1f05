import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, frame, HOSTILE, injected, press, texts } from './environment.js'
import { EventTable } from '../../dashboard/client/table.js'
import { setLocal } from '../../dashboard/client/zone.js'

const ROW = 32
const VISIBLE = 10
const NOW = Date.now()

let table, grid, selections, holds, controller

const event = (n, changes = {}) => {
  const base = {
    id: `${n}-0`,
    ts: NOW - 1000 + n,
    priority: 'normal',
    type: 'agent_request',
    source: 's',
    agent: 'a',
    action: `action ${n}`,
    text: `text ${n}`,
    dur: NaN,
    slow: 0,
  }
  return Object.values({ ...base, ...changes })
}
const events = (from, count) => Array.from({ length: count }, (_, index) => event(from + index))

/** jsdom lays nothing out: the table is 320 px high, with a head of 32, and scrolls itself. */
function layOut(root) {
  root.style.overflowY = 'auto'
  const head = root.firstElementChild
  const box = (top, bottom) => () => ({ top, bottom, width: 900, left: 0 })
  root.getBoundingClientRect = box(0, ROW + VISIBLE * ROW)
  head.getBoundingClientRect = box(0, ROW)
  const space = root.querySelector('.ev-space')
  space.getBoundingClientRect = () => ({ top: ROW - root.scrollTop, bottom: 0, width: 900, left: 0 })
}

beforeEach(() => {
  fill('<div id="grid" role="grid" tabindex="0"><div class="head"></div></div>')
  grid = $('#grid')
  selections = []
  holds = []
  controller = new AbortController()
  table = new EventTable(grid, {
    cap: 1000,
    signal: controller.signal,
    onselect: (id, open) => selections.push([id, open]),
    onhold: held => holds.push(held.count),
  })
  layOut(grid)
})

const shown = () =>
  $$('.ev:not([hidden])').sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
const actions = () => shown().map(row => $('.c-text b', row).textContent)
const scrollTo = y => {
  grid.scrollTop = y
  grid.dispatchEvent(new Event('scroll'))
}
const movePointer = () =>
  grid.dispatchEvent(Object.assign(new Event('pointermove'), { pointerType: 'mouse', movementX: 3, movementY: 0 }))
const leavePointer = () => grid.dispatchEvent(new Event('pointerleave'))

test('the newest event is the first row, and the columns say what it is', async () => {
  table.push([event(1), event(2, { priority: 'critical', dur: 8420, slow: 1 })])
  await frame()

  const [first, second] = shown()

  assert.deepEqual(actions(), ['action 2', 'action 1'])
  assert.equal($('.c-text em', first).textContent, '8.42 s')
  assert.ok($('.c-text em', first).classList.contains('slow'))
  assert.ok(first.classList.contains('critical'))
  assert.equal($('.c-prio .g', first).getAttribute('aria-label'), 'critical')
  assert.equal($('.c-text em', second).textContent, '')
})

test('a thousand events need no more rows than fit, and the rows are used again', async () => {
  table.push(events(0, 1000))
  await frame()
  const before = $$('.ev').length

  for (let n = 0; n < 20; n++) {
    table.push(events(1000 + n * 50, 50))
    await frame()
  }

  assert.ok(before <= VISIBLE + 8, `${before} rows`)
  assert.ok($$('.ev').length <= before + 8)
  assert.equal(table.rows.length, 1000)
  assert.equal(actions()[0], 'action 1999')
})

test('a row that stays in sight is moved, not filled again', async () => {
  table.push(events(0, 3))
  await frame()
  const row = shown()[0]

  table.push(events(3, 2))
  await frame()

  assert.equal(shown()[2], row)
  assert.equal(row.style.transform, 'translateY(64px)')
})

test('the grid tells its size and the place of each row', async () => {
  table.push(events(0, 100))
  await frame()

  assert.equal(grid.getAttribute('aria-rowcount'), '101')
  assert.equal(shown()[0].getAttribute('aria-rowindex'), '2')
  assert.equal(shown()[0].getAttribute('role'), 'row')
  assert.equal(shown()[0].children.length, 6)
})

for (const [what, hold, letGo] of [
  ['scrolled', () => scrollTo(200), () => scrollTo(0)],
  ['hovered', movePointer, leavePointer],
  ['selected', () => table.select('5-0'), () => table.select(null)],
  ['paused', () => table.setPaused(true), () => table.setPaused(false)],
]) {
  test(`while ${what} it holds and counts, and afterwards shows what came`, async () => {
    table.push(events(0, 100))
    await frame()
    hold()
    await frame()
    const before = actions()

    table.push(events(100, 7))
    table.push(events(107, 5))
    await frame()

    assert.deepEqual(actions(), before)
    assert.deepEqual(holds.slice(-2), [7, 12])

    letGo()
    await frame()

    assert.equal(holds.at(-1), 0)
    assert.equal(actions()[0], 'action 111')
  })
}

test('catching up shows what is new and follows until the next sign of reading', async () => {
  table.push(events(0, 100))
  table.select('50-0')
  movePointer()
  table.push(events(100, 5))
  scrollTo(300)

  table.catchUp()
  await frame()
  table.push(events(105, 5))
  await frame()

  assert.equal(actions()[0], 'action 109')
  assert.equal(table.selected, '50-0')

  movePointer()
  table.push(events(110, 5))

  assert.equal(holds.at(-1), 5)
})

test('a resting pointer below a moving page is no reader', () => {
  grid.dispatchEvent(Object.assign(new Event('pointermove'), { pointerType: 'mouse', movementX: 0, movementY: 0 }))
  grid.dispatchEvent(Object.assign(new Event('pointermove'), { pointerType: 'touch', movementX: 5, movementY: 5 }))

  assert.equal(table.holding, false)
})

test('the count of what is new is exact where rows come thinned out', () => {
  table.push(events(0, 10))
  table.setPassed(1000)
  table.setPaused(true)

  table.push(events(10, 40))
  table.setPassed(1500)

  assert.equal(holds.at(-1), 500)
})

test('a row that was shown before its number was told is not counted as new', () => {
  table.setPassed(0)
  table.push(events(0, 20))
  table.setPaused(true)

  table.push(events(20, 3))
  assert.equal(holds.at(-1), 3)
  table.setPassed(23)

  assert.equal(holds.at(-1), 3)
})

test('more held than the cap is still counted', () => {
  table.setPaused(true)

  table.push(events(0, 900))
  table.push(events(900, 900))

  assert.equal(holds.at(-1), 1800)
  assert.equal(table.held.length, 1000)
})

test('a selected event stays selected by its id while others stream by and past the end', async () => {
  table.push(events(0, 20))
  table.choose('10-0', true)
  table.catchUp()

  for (let n = 20; n < 1200; n += 59) {
    table.push(events(n, 59))
    await frame()
    const selected = $$('[aria-selected=true]:not([hidden])')
    assert.ok(selected.length <= 1)
    if (selected.length) assert.equal($('.c-text b', selected[0]).textContent, 'action 10')
  }

  assert.equal(table.selected, '10-0')
  assert.equal(table.selectedEvent, undefined)
})

test('rows that are replaced leave the reader where he was', async () => {
  table.push(events(0, 100))
  await frame()
  scrollTo(20 * ROW)
  await frame()

  table.replace(events(0, 130))
  await frame()

  assert.equal(grid.scrollTop, 50 * ROW)
})

test('a click opens an event, keys move the selection', async () => {
  table.push(events(0, 50))
  await frame()

  click($('.c-text b', shown()[2]))
  table.step(1)
  press('ArrowUp', grid)
  press('End', grid)
  press('Home', grid)
  press('Enter', grid)

  assert.deepEqual(selections, [
    ['47-0', true],
    ['46-0', false],
    ['47-0', false],
    ['0-0', false],
    ['49-0', false],
    ['49-0', true],
  ])
})

test('a page of keys is a page of rows, and what is selected comes into sight', async () => {
  table.push(events(0, 200))
  await frame()
  table.go(0)

  press('PageDown', grid)
  press('PageDown', grid)
  await frame()

  assert.equal(table.positionOf(table.selected), 18)
  assert.ok(grid.scrollTop > 0)
  assert.equal(grid.getAttribute('aria-activedescendant'), `ev-${table.selected}`)
})

test('hostile content stays text in every cell', async () => {
  table.push(
    HOSTILE.map((text, n) => event(n, { priority: text, type: text, source: text, agent: text, action: text, text })),
  )
  await frame()

  assert.deepEqual(injected(), [])
  assert.ok(texts('.c-source > bdi').includes(HOSTILE[0]))
  assert.equal($$('.c-type .kind-other:not([hidden])').length, HOSTILE.length)
})

test('aborted, the table leaves the grid and listens no more', async () => {
  table.push(events(0, 10))
  await frame()

  controller.abort()
  movePointer()

  assert.equal($('.ev-space'), null)
  assert.equal(table.hovered, false)
})

test('times in another zone are written where they stand: no row takes the place of another', async t => {
  process.env.TZ = 'Asia/Kolkata'
  t.after(() => {
    setLocal(false)
    process.env.TZ = 'UTC'
  })
  table.push(events(0, 3))
  await frame()
  const before = shown()
  const time = $('.c-time', before[0]).textContent

  setLocal(true)
  table.retell()
  await frame()

  assert.deepEqual(shown(), before)
  assert.deepEqual(actions(), ['action 2', 'action 1', 'action 0'])
  assert.notEqual($('.c-time', before[0]).textContent, time)
})
