import assert from 'node:assert/strict'
import { test } from 'node:test'
import { $, $$, click, fill, press, texts } from './environment.js'
import { FieldInputs } from '../../dashboard/client/fields.js'
import { bindKeys } from '../../dashboard/client/keys.js'
import { RangeControl } from '../../dashboard/client/range.js'
import { Tabs } from '../../dashboard/client/tabs.js'
import { Theme } from '../../dashboard/client/theme.js'
import { Toast } from '../../dashboard/client/toast.js'

const RANGE = `
  <div id="bar"><button data-value="15m"></button><button data-value="all"></button><button data-value="custom"></button></div>
  <form id="form"><input name="start"><input name="end"><p class="field-error" hidden></p><button type="button" data-close></button></form>`

function range() {
  const { signal } = fill(RANGE)
  const changes = []
  return {
    control: new RangeControl($('#bar'), $('#form'), { signal, onchange: value => changes.push(value) }),
    changes,
  }
}
const pressed = () => $$('#bar [aria-pressed=true]').map(node => node.dataset.value)
const submit = () => $('#form').dispatchEvent(new Event('submit', { cancelable: true }))

test('the range shows what holds, custom where it is none of the named', () => {
  const { control } = range()

  control.update('15m')
  assert.deepEqual(pressed(), ['15m'])
  control.update(undefined)
  assert.deepEqual(pressed(), ['all'])
  control.update({ start: '2024-01-15T10:30:00Z' })
  assert.deepEqual(pressed(), ['custom'])
})

test('custom asks from and to in UTC', () => {
  const { control, changes } = range()
  control.update('15m')

  control.open(Date.parse('2024-01-15T10:30:00Z'))
  assert.equal($('[name=start]').value, '2024-01-15T10:15:00')
  $('[name=end]').value = '2024-01-15T10:20'
  submit()

  assert.deepEqual(changes, [{ start: '2024-01-15T10:15:00.000Z', end: '2024-01-15T10:20:00.000Z' }])
  assert.equal($('#form').dataset.open, 'false')
})

test('a range that ends before it begins is refused on the spot', () => {
  const { control, changes } = range()
  control.open()

  $('[name=end]').value = '2001-01-01T00:00'
  submit()

  assert.deepEqual(changes, [])
  assert.match($('.field-error').textContent, /before/)
  assert.equal($('.field-error').hidden, false)
})

test('a named range is set by a click', () => {
  const { changes } = range()

  click($('[data-value=all]'))

  assert.deepEqual(changes, ['all'])
})

test('fields of a platform become inputs and a part of the filter', () => {
  fill('')
  const set = []
  const fields = [
    { name: 'tenant', label: 'Tenant', kind: 'text', doc: 'Whose' },
    { name: 'slow', label: 'Slow', kind: 'bool' },
    { name: 'cost', label: 'Cost', kind: 'number' },
    { name: 'tags', label: 'Tags', kind: 'list' },
    { name: 'tier', label: 'Tier', kind: 'choice', choices: [1, 2] },
  ]
  const inputs = new FieldInputs(fields, filters => set.push(filters))
  document.body.append(...inputs.nodes())
  inputs.update({ search: 'x', tenant: 'acme' })
  const change = (index, value) => {
    const node = $$('input, select')[index]
    if (node.type === 'checkbox') node.checked = value
    else node.value = value
    node.dispatchEvent(new Event('change'))
  }

  assert.equal($$('input')[0].value, 'acme')
  change(0, '')
  change(1, true)
  change(2, '1.5')
  change(3, 'a, b,')
  change(4, '2')

  const base = { search: 'x', tenant: 'acme' }
  assert.deepEqual(set, [
    { search: 'x' },
    { ...base, slow: true },
    { ...base, cost: 1.5 },
    { ...base, tags: ['a', 'b'] },
    { ...base, tier: 2 },
  ])
})

test('tabs are moved by arrows and show their panels', () => {
  const tab = (name, on) =>
    `<button role="tab" data-tab="${name}" aria-controls="panel-${name}" aria-selected="${on}"></button>`
  const { signal } = fill(
    `<div id="tabs">${tab('a', true)}${tab('b', false)}</div><div id="panel-a"></div><div id="panel-b" hidden></div>`,
  )
  const changes = []
  new Tabs($('#tabs'), { signal, onchange: name => changes.push(name) })

  $$('[role=tab]')[0].focus()
  press('ArrowRight')
  press('ArrowRight')
  press('End')
  click($$('[role=tab]')[0])

  assert.deepEqual(changes, ['b', 'a', 'b', 'a'])
  assert.equal($('#panel-b').hidden, true)
  assert.deepEqual(
    $$('[role=tab]').map(node => node.tabIndex),
    [0, -1],
  )
})

const system = dark => ({ matches: dark, addEventListener() {} })

test('the theme goes over to the other side and comes back as the system has it', () => {
  fill('')
  localStorage.clear()
  const seen = []
  const theme = new Theme({ signal: null, onchange: name => seen.push(name), system: system(true) })
  theme.apply()

  theme.cycle()
  theme.cycle()

  assert.deepEqual(seen, ['dark', 'light', 'dark'])
  assert.equal(localStorage.getItem('theme'), 'system')
  assert.equal(document.documentElement.dataset.theme, 'dark')
})

test('the theme works where storage is denied', t => {
  // Where a browser blocks all cookies, the mere name throws.
  const storage = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  t.after(() => Object.defineProperty(globalThis, 'localStorage', storage))
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get() {
      throw new Error('denied')
    },
  })
  const theme = new Theme({ signal: null, onchange: () => {}, system: system(false) })

  theme.cycle()

  assert.equal(document.documentElement.dataset.theme, 'dark')
})

test('keys hold on the page, not where one types, and Space not on a button', () => {
  const { signal } = fill(
    '<input><button></button><div id="grid" role="grid" tabindex="0"></div><div popover><span tabindex="-1"></span></div>',
  )
  const pressed = []
  bindKeys({ j: () => pressed.push('j'), ' ': () => pressed.push('space') }, { signal })

  for (const target of [document.body, $('input'), $('button'), $('#grid'), $('[popover] span')]) {
    press('j', target)
    press(' ', target)
  }
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', ctrlKey: true, bubbles: true }))

  assert.deepEqual(pressed, ['j', 'space', 'j', 'j', 'space'])
})

const notes = () => texts('#toast .toast > bdi')

function toastOf(t) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { signal } = fill('<div id="toast"></div>')
  return new Toast($('#toast'), { signal })
}

test('a toast goes by itself, an error later than others', t => {
  const toast = toastOf(t)

  toast.show('one')
  toast.show('<b>two</b>', 'bad')
  assert.deepEqual(notes(), ['one', '<b>two</b>'])
  assert.equal($('.toast:last-child').dataset.tone, 'bad')
  assert.equal($('#toast').dataset.open, 'true')
  t.mock.timers.tick(4000)
  assert.deepEqual(notes(), ['<b>two</b>'])
  t.mock.timers.tick(8000)
  assert.deepEqual(notes(), [])
  assert.equal($('#toast').dataset.open, 'false')
})

test('what is said again is counted, and shown anew', t => {
  const toast = toastOf(t)

  for (let time = 0; time < 3; time++) {
    toast.show('copied', 'ok')
    t.mock.timers.tick(3000)
  }

  assert.deepEqual(notes(), ['copied'])
  assert.equal($('.times').textContent, '×3')
  toast.show('copied', 'bad')
  assert.equal(notes().length, 2)
})

test('what a setting is now takes the place of what it was', t => {
  const toast = toastOf(t)

  toast.show('other')
  for (const theme of ['dark', 'light', 'system', 'dark']) toast.tell('Theme', theme)

  assert.deepEqual(notes(), ['other', 'Theme: dark'])
})

test('toasts do not pile up: the oldest makes room', t => {
  const toast = toastOf(t)

  for (const text of ['1', '2', '3', '4', '5']) toast.show(text)

  assert.deepEqual(notes(), ['3', '4', '5'])
})

test('a click dismisses a toast, after its action was run', t => {
  const toast = toastOf(t)
  const runs = []
  toast.show('published', 'ok', { label: 'Open', run: () => runs.push('open') })
  toast.show('other')

  click($('.toast button'))

  assert.deepEqual(runs, ['open'])
  assert.deepEqual(notes(), ['other'])
  toast.clear()
  assert.equal($('#toast').dataset.open, 'false')
})

test('a toast does not go while it is pointed at', t => {
  const toast = toastOf(t)
  toast.show('read me')

  $('#toast').dispatchEvent(new Event('pointerenter'))
  t.mock.timers.tick(60_000)
  assert.deepEqual(notes(), ['read me'])
  $('#toast').dispatchEvent(new Event('pointerleave'))
  t.mock.timers.tick(4000)
  assert.deepEqual(notes(), [])
})
