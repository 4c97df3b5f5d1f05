import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, press, texts } from './environment.js'
import { make } from '../../dashboard/client/saved.js'
import { load, plainName, remove, rename, save, viewOf, WORDS } from '../../dashboard/client/shelf.js'

let page, menu, storage

beforeEach(() => {
  storage = new Map()
  globalThis.localStorage = {
    getItem: key => storage.get(key) ?? null,
    setItem: (key, text) => storage.set(key, text),
  }
  const { signal } = fill('<div id="views-menu"></div>')
  history.replaceState({}, '', '/dashboard?search=a&time_range=15m&event=5-0&token=secret')
  page = {
    signal,
    visited: [],
    shown: [],
    visit: search => page.visited.push(search),
    toast: { show: (...words) => page.shown.push(words) },
  }
  menu = make(page, $('#views-menu'))
  menu.fill()
})

const names = () => texts('.go')
const error = () => $('.field-error').textContent
const submit = form => form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))

function saveAs(name) {
  $('#views-menu > form input').value = name
  submit($('#views-menu > form'))
}

test('a view is what is filtered, as it counts back from now, without the event and the token', () => {
  assert.equal(viewOf('?search=a&time_range=15m&event=5-0&token=secret'), 'search=a&time_range=15m')
  assert.equal(viewOf(''), '')
})

test('a view is saved by name, in the order of names, and gone to', () => {
  saveAs('  quiet \n hours ')
  saveAs('errors')

  assert.deepEqual(names(), ['errors', 'quiet hours'])
  assert.equal(document.activeElement.textContent, 'errors')
  assert.equal($('.go').getAttribute('aria-current'), 'true')
  click($$('.go')[1])
  assert.deepEqual(page.visited, ['?search=a&time_range=15m'])
})

test('the whole of the events is a view, too', () => {
  save('all', '')
  menu.fill()

  click($('.go'))

  assert.deepEqual(page.visited, [''])
})

test('a name that is there already is replaced, and the button says so', () => {
  save('errors', 'priority=critical')
  $('#views-menu > form input').value = 'errors'
  $('#views-menu > form input').dispatchEvent(new Event('input'))
  assert.equal($('[type=submit]').textContent, 'Replace')

  saveAs('errors')

  assert.deepEqual(load(), [{ name: 'errors', search: 'search=a&time_range=15m' }])
  assert.equal($('[type=submit]').textContent, 'Save')
})

test('a view gets another name, by keyboard, and Esc leaves it as it was', () => {
  save('errors', 'a=1')
  save('taken', 'a=2')
  menu.fill()

  click($('[aria-label="Rename errors"]'))
  assert.equal(document.activeElement.value, 'errors')
  document.activeElement.value = 'taken'
  submit(document.activeElement.form)
  assert.equal(error(), WORDS.taken)
  assert.equal(press('Escape').defaultPrevented, true)
  assert.equal(error(), '')
  assert.equal(document.activeElement.textContent, 'errors')

  click($('[aria-label="Rename errors"]'))
  document.activeElement.value = 'failures'
  submit(document.activeElement.form)
  assert.deepEqual(names(), ['failures', 'taken'])
  assert.equal(document.activeElement.textContent, 'failures')
})

test('a view that was deleted can be brought back, and the focus stays in the list', () => {
  for (const name of ['a', 'b', 'c']) save(name, `search=${name}`)
  menu.fill()

  const second = $('[aria-label="Delete b"]')
  second.focus()
  click(second)

  assert.deepEqual(names(), ['a', 'c'])
  assert.equal(document.activeElement.textContent, 'c')
  const [text, , undo] = page.shown[0]
  assert.equal(text, 'View deleted')
  undo.run()
  assert.deepEqual(load()[1], { name: 'b', search: 'search=b' })
  assert.deepEqual(names(), ['a', 'b', 'c'])
})

test('names are text, whatever they are', () => {
  const given = [...new Set(HOSTILE.map(String).map(plainName))].filter(Boolean)
  for (const name of given) saveAs(name)

  assert.deepEqual(names().toSorted(), given.toSorted())
  for (const name of given) {
    click($$('.go').find(line => line.textContent === name).nextSibling)
    assert.equal(document.activeElement.value, name)
    press('Escape')
  }
  assert.deepEqual(injected(), [])
})

test('a name is needed', () => {
  saveAs('   ')

  assert.equal(error(), WORDS.unnamed)
  assert.deepEqual(load(), [])
})

test('what is stored and is no list of views is none', () => {
  for (const text of ['{', 'null', '7', '{"a":1}', '[null, 1, {"name": 1, "search": ""}, {"name": "", "search": ""}]']) {
    storage.set('views', text)
    assert.deepEqual(load(), [])
  }
  storage.set('views', '[{"name": "a", "search": "b=1"}, {"name": "c"}]')
  assert.deepEqual(load(), [{ name: 'a', search: 'b=1' }])
})

test('a browser that keeps nothing says so', () => {
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get() {
      throw new DOMException('denied', 'SecurityError')
    },
  })
  try {
    menu.fill()
    assert.equal(error(), WORDS.denied)
    saveAs('a')
    assert.equal(error(), WORDS.denied)
    assert.equal(rename('a', 'b'), WORDS.denied)
    assert.equal(remove('a'), WORDS.denied)
  } finally {
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, writable: true, value: null })
  }
})

test('a storage that is full says so, and what was saved stays', () => {
  saveAs('kept')
  localStorage.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }

  saveAs('another')

  assert.equal(error(), WORDS.full)
  assert.deepEqual(names(), ['kept'])
  assert.equal($('#views-menu > form input').value, 'another')
})

test('there is an end to how many there are', () => {
  storage.set('views', JSON.stringify(Array.from({ length: 100 }, (_, n) => ({ name: `v${n}`, search: '' }))))

  assert.equal(save('one more', ''), WORDS.many)
  assert.equal(save('v5', 'a=1'), '')
})

test('what another tab saves is there', () => {
  save('elsewhere', 'a=1')
  window.dispatchEvent(new Event('storage'))

  assert.deepEqual(names(), ['elsewhere'])
})
