import assert from 'node:assert/strict'
import { test } from 'node:test'
import { $, $$, click, fill, HOSTILE, injected, press, texts } from './environment.js'
import { find, parse, pretty, valueText } from '../../dashboard/client/json.js'
import { JsonTree } from '../../dashboard/client/tree.js'

test('numbers keep the text in which they were written', () => {
  const text = '{"amount": 1860.00, "serial": 90071992547409931234, "small": -1.50e-7}'

  const node = parse(text)

  assert.deepEqual(
    node.entries.map(([, leaf]) => leaf.text),
    ['1860.00', '90071992547409931234', '-1.50e-7'],
  )
  assert.equal(pretty(node), '{\n  "amount": 1860.00,\n  "serial": 90071992547409931234,\n  "small": -1.50e-7\n}')
})

test('whatever JSON.parse takes is taken, and means the same', () => {
  const samples = [
    '{}',
    '[]',
    ' [1, 2, [3, {"a": null}]] ',
    '"a\\"b\\\\"',
    'true',
    '-0',
    '1e5',
    '{"": {"\\u00e9": "\\ud83d\\ude80"}}',
    '{"a":1,"a":2}',
    '"\u202E"',
    JSON.stringify(Object.fromEntries(HOSTILE.map((text, n) => [text + n, text]))),
    '['.repeat(32) + ']'.repeat(32),
  ]
  for (const text of samples) assert.deepEqual(JSON.parse(pretty(parse(text))), JSON.parse(text), text)
})

test('what is no JSON is refused', () => {
  for (const text of ['', '{', '[1,]', '{"a"}', '{a: 1}', '[1 2]', '{"a": 1,}', 'NaN', "'a'", '1 2', '}', '"abc']) {
    assert.throws(() => parse(text), SyntaxError, text)
  }
})

test('a value is what a person means by it', () => {
  const text = '{"s": "a \\"b\\"", "n": 1.0, "o": {"x": [1, 2]}}'
  const node = parse(text)

  assert.equal(valueText(find(node, 's'), text), 'a "b"')
  assert.equal(valueText(find(node, 'n'), text), '1.0')
  assert.equal(valueText(find(node, 'o'), text), '{"x": [1, 2]}')
  assert.equal(find(node, 'o', 'y'), undefined)
})

function tree(text) {
  fill('')
  const done = { copied: [], filtered: [] }
  const made = new JsonTree(parse(text), text, {
    label: 'Data',
    oncopy: value => done.copied.push(value),
    onfilter: (path, value) => done.filtered.push([path.join('.'), value]),
  })
  document.body.append(made.list)
  return done
}
const lines = () => texts('.line .text')
const lineOf = key => $$('.line').find(line => line.textContent.includes(key))

test('the tree shows one line a value, numbers as written', () => {
  tree('{"a": 1860.00, "b": {"c": [true, null]}}')

  assert.deepEqual(lines(), ['{', '"a": 1860.00', '"b": {', '"c": [', 'true', 'null'])
  assert.equal($$('[role=treeitem]').length, 6)
  assert.equal($('.number').textContent, '1860.00')
})

test('a branch folds to its size and opens again', () => {
  tree('{"a": {"b": 1, "c": {"d": 2}}, "z": 3}')

  click(lineOf('"a"'))
  assert.deepEqual(lines(), ['{', '"a": { 2 keys }', '"z": 3'])
  assert.equal(lineOf('"a"').getAttribute('aria-expanded'), 'false')

  click(lineOf('"a"'))
  assert.deepEqual(lines(), ['{', '"a": {', '"b": 1', '"c": { 1 key }', '"z": 3'].toSpliced(3, 1, '"c": {', '"d": 2'))
})

test('copy and filter give the value, and the path that the search knows', () => {
  const done = tree('{"invoice": {"id": "inv 1", "tags": ["x"]}}')

  click($('.acts button:nth-child(2)', lineOf('inv 1')))
  click($('.acts button:nth-child(2)', lineOf('"x"')))
  click($('.acts button', lineOf('inv 1')))
  click($('.acts button', lineOf('"tags"')))

  assert.deepEqual(done.filtered, [
    ['invoice.id', 'inv 1'],
    ['invoice.tags', 'x'],
  ])
  assert.deepEqual(done.copied, ['inv 1', '["x"]'])
})

test('what holds no text of its own is filtered by its being there', () => {
  const done = tree('{"error": {"cause": null, "at": []}, "note": ""}')

  for (const key of ['"error"', '"cause"', '"at"', '"note"']) click($('.acts button:nth-child(2)', lineOf(key)))

  assert.deepEqual(done.filtered, [
    ['error', ''],
    ['error.cause', ''],
    ['error.at', ''],
    ['note', ''],
  ])
  assert.equal($('.acts button:nth-child(2)', $('.line')), null)
})

test('large branches stay shut, and open a page at a time', () => {
  tree(JSON.stringify({ big: Array.from({ length: 1000 }, (_, n) => n) }))
  assert.deepEqual(lines(), ['{', '"big": [ 1000 items ]'])

  click(lineOf('"big"'))
  assert.equal($$('[role=treeitem]:not(.more)').length, 202)
  click($('.more'))
  assert.equal($$('[role=treeitem]:not(.more)').length, 402)
  assert.equal($('.more').textContent, '600 more')

  click(lineOf('"big"'))
  assert.equal($$('.line').length, 3)
})

test('what is open at first has a bound, however the data is nested', () => {
  const twenty = make => Array.from({ length: 20 }, (_, n) => make(n))
  tree(JSON.stringify(twenty(() => twenty(() => twenty(n => n)))))
  assert.ok($$('.line').length < 700, `${$$('.line').length} lines`)

  click($$('.line')[1])
  click($$('.line')[1])
  assert.ok($$('.line').length < 1000, `${$$('.line').length} lines`)
})

test('further members are reached by the keys, and the first of them has the focus', () => {
  tree(JSON.stringify(Array.from({ length: 300 }, (_, n) => n)))
  click($('.line'))
  $('.line').focus()

  press('End')
  assert.equal(document.activeElement.textContent, '100 more')
  press('Enter')

  assert.equal(document.activeElement.textContent, '200')
  assert.equal($('.more'), null)
})

test('a long text is cut, and shown whole when asked', () => {
  const long = `${'x'.repeat(998)}😀${'y'.repeat(5000)}`
  const done = tree(JSON.stringify({ long }))
  const line = lineOf('"long"')
  assert.equal($('.string bdi', line).textContent, `"${'x'.repeat(998)}…`)
  assert.equal($('.more', line).textContent, 'all 6,002 characters')

  click($('.acts button', line))
  assert.deepEqual(done.copied, [long])
  line.focus()
  press('Enter')

  assert.equal($('.string bdi', line).textContent, JSON.stringify(long))
  assert.equal($('.more', line), null)
})

test('the tree is walked, folded, copied and filtered by keys', () => {
  const done = tree('{"a": {"b": 1}, "c": "x"}')
  $('.line').focus()

  press('ArrowDown')
  press('ArrowLeft')
  assert.deepEqual(lines(), ['{', '"a": { 1 key }', '"c": "x"'])
  press('ArrowRight')
  press('End')
  press('f')
  press('c')

  assert.deepEqual(done, { copied: ['x'], filtered: [['c', 'x']] })
  assert.equal($$('[tabindex="0"]').length, 1)
})

test('hostile keys and values stay text', () => {
  tree(JSON.stringify(Object.fromEntries(HOSTILE.map((text, n) => [`${text}${n}`, { [text || 'k']: [text] }]))))

  assert.deepEqual(injected(), [])
  assert.ok(lines().some(line => line.includes('<img src=x onerror=alert(1)>')))
})
