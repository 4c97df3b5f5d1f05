import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, press, texts } from './environment.js'
import { MultiSelect } from '../../dashboard/client/menu.js'

const ENTRIES = [
  ['agent_request', 9846],
  ['agent_response', 9402],
  ['metrics', 12],
]

let menu, changes

beforeEach(() => {
  const { signal } = fill('<button id="opener">Type <span class="count"></span></button><div id="menu"></div>')
  changes = []
  menu = new MultiSelect($('#opener'), $('#menu'), { label: 'Types', signal, onchange: names => changes.push(names) })
})

const update = (chosen, entries = ENTRIES) => menu.update({ entries, chosen, within: 'of all' })
const open = () => $('#menu').showPopover()
const options = () => texts('.option bdi')
const checked = () => texts('.option[aria-selected=true] bdi')

test('the button tells how many of how many are chosen', () => {
  update([])
  assert.equal($('.count').textContent, 'all')

  update(['metrics', 'gone'])
  assert.equal($('.count').textContent, '2 of 4')
})

test('nothing restricted shows everything checked, with counts', () => {
  update([])
  open()

  assert.deepEqual(checked(), ['agent_request', 'agent_response', 'metrics'])
  assert.deepEqual(texts('.option .n'), ['9,846', '9,402', '12'])
  assert.equal($('#opener').getAttribute('aria-expanded'), 'true')
})

test('a click switches one name, "only" leaves it alone', () => {
  update([])
  open()

  click($$('.option')[1])
  click($$('.option .only')[2])

  assert.deepEqual(changes, [['agent_request', 'metrics'], ['metrics']])
})

test('none is a clean slate: it restricts nothing until a name is chosen', () => {
  update([])
  open()

  click($$('.menu-foot button')[1])
  assert.deepEqual(checked(), [])
  assert.deepEqual(changes, [[]])

  click($$('.option')[2])
  assert.deepEqual(changes.at(-1), ['metrics'])
})

test('counts that change keep every option in its place', () => {
  update([])
  open()

  update(
    [],
    [
      ['metrics', 99999],
      ['agent_request', 9900],
      ['new_type', 1],
    ],
  )

  assert.deepEqual(options(), ['agent_request', 'agent_response', 'metrics', 'new_type'])
  assert.deepEqual(texts('.option .n'), ['9,900', '0', '99,999', '1'])
})

test('arrows move, Space and Enter switch, o takes one only', () => {
  update([])
  open()
  assert.equal(document.activeElement, $$('.option')[0])

  press('ArrowDown')
  press(' ')
  press('End')
  press('o')
  press('ArrowUp')
  press('Enter')

  assert.deepEqual(changes, [['agent_request', 'metrics'], ['metrics'], ['metrics', 'agent_response']])
})

test('a long list can be narrowed', () => {
  update(
    [],
    Array.from({ length: 500 }, (_, n) => [`source_${n}`, 500 - n]),
  )
  open()
  assert.equal(document.activeElement, $('.menu-filter'))

  $('.menu-filter').value = 'SOURCE_49'
  $('.menu-filter').dispatchEvent(new Event('input', { bubbles: true }))
  const shown = $$('.option:not([hidden])').map(node => $('bdi', node).textContent)
  press('ArrowDown', $('.menu-filter'))

  assert.deepEqual(shown, ['source_49', ...Array.from({ length: 10 }, (_, n) => `source_49${n}`)])
  assert.equal(document.activeElement.querySelector('bdi').textContent, 'source_49')
})

const MANY = Array.from({ length: 500 }, (_, n) => [`source_${n}`, 500 - n])
const type = text => {
  $('.menu-filter').value = text
  $('.menu-filter').dispatchEvent(new Event('input', { bubbles: true }))
}
const shown = () => texts('.option:not([hidden]) bdi')

test('what is chosen stands first in a list that is opened', () => {
  update(['source_450', 'gone'], MANY)
  open()

  assert.deepEqual(options().slice(0, 3), ['source_450', 'gone', 'source_0'])
  assert.deepEqual(checked(), ['source_450', 'gone'])
})

test('counts stay live while the list is narrowed', () => {
  update([], MANY)
  open()
  type('source_499')

  update([], [['source_499', 12345]])

  assert.deepEqual(shown(), ['source_499'])
  assert.equal($('.option:not([hidden]) .n').textContent, '12,345')
})

test('Esc takes the text away first, and closes only an empty box', () => {
  update([], MANY)
  open()
  type('49')
  press('ArrowDown', $('.menu-filter'))

  assert.equal(press('Escape').defaultPrevented, true)
  assert.equal($('.menu-filter').value, '')
  assert.equal(document.activeElement, $('.menu-filter'))
  assert.equal(shown().length, 500)

  assert.equal(press('Escape').defaultPrevented, false)
})

test('the arrow up leads from the first name back to the box', () => {
  update([], MANY)
  open()
  press('ArrowDown', $('.menu-filter'))
  assert.equal(document.activeElement, $('.option'))

  press('ArrowUp')

  assert.equal(document.activeElement, $('.menu-filter'))
})

test('a narrowed list is taken whole, by its button or by Enter', () => {
  update([], MANY)
  open()
  assert.equal(texts('.menu-foot button:not([hidden])').join(), 'All,None')

  type('_49')
  assert.equal(texts('.menu-foot button:not([hidden])').join(), 'Only these')
  assert.equal($('.menu-foot [role=status]').textContent, '11 of 500')
  click($$('.menu-foot button')[2])
  type('_498')
  press('Enter', $('.menu-filter'))
  type('nowhere')
  press('Enter', $('.menu-filter'))

  assert.deepEqual(
    changes.map(names => names.length),
    [11, 1],
  )
  assert.deepEqual(changes[1], ['source_498'])
})

test('a name is found however its letters are composed', () => {
  update([], [...MANY, ['caf\u00e9_agent', 1], ['ＦＵＬＬ_width', 1], ['وكيل', 1], ['🦊_agent', 1]])
  open()

  for (const [text, name] of [['CAFE\u0301', 'caf\u00e9_agent'], ['full', 'ＦＵＬＬ_width'], ['كيل', 'وكيل'], ['🦊', '🦊_agent']]) {
    type(text)
    assert.deepEqual(shown(), [name])
  }
})

test('a short list has no such box, and a search that finds nothing says so', () => {
  update([])
  open()
  assert.equal($('.menu-filter').hidden, true)

  $('.menu-filter').value = 'zzz'
  $('.menu-filter').dispatchEvent(new Event('input', { bubbles: true }))

  assert.equal($('.menu-none').hidden, false)
})

test('what is typed before the names have come narrows them when they do', () => {
  update([], [])
  open()
  assert.equal(document.activeElement, $('.menu-filter'))
  type('_49')

  update([], MANY)

  assert.equal(shown().length, 11)
  assert.equal(document.activeElement, $('.menu-filter'))
})

test('few names that come late take the focus from the box that they do not need', () => {
  update([], [])
  open()

  update([])

  assert.equal($('.menu-filter').hidden, true)
  assert.equal(document.activeElement, $('.option'))
})

test('who has begun to type keeps the box, also when the text is taken away again', () => {
  update([], [])
  open()
  type('x')
  update([])

  type('')
  update([])

  assert.equal(document.activeElement, $('.menu-filter'))
  assert.equal($('.menu-filter').hidden, false)
})

test('hostile names stay text', () => {
  update(
    [HOSTILE[0]],
    HOSTILE.map((name, n) => [name, n]),
  )
  open()

  assert.deepEqual(injected(), [])
  assert.equal(options()[0], HOSTILE[0])
  assert.deepEqual(checked(), [HOSTILE[0]])
})
