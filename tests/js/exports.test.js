import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, $$, click, fill } from './environment.js'
import { collect, exportUrl, gapText, make, sizeText } from '../../dashboard/client/exports.js'
import { queryOf } from '../../dashboard/client/query.js'

const NOW = Date.parse('2024-01-15T10:30:00Z')
const until = async done => {
  for (let turn = 0; turn < 500 && !done(); turn++) await new Promise(resolve => setImmediate(resolve))
  assert.ok(done())
}

/** An answer as `fetch` gives it, that sends the parts and then ends, breaks off, or waits until it is aborted. */
function answer(parts, { status = 200, headers = {}, ends = 'well', signal } = {}) {
  const body = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part))
      if (ends === 'well') controller.close()
      if (ends === 'badly') controller.error(new TypeError('network error'))
      signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')))
    },
  })
  return new Response(body, { status, headers })
}

let page, saved, menu

beforeEach(() => {
  const { signal } = fill('<div id="export-menu"></div><button data-export></button>')
  saved = []
  globalThis.URL.createObjectURL = blob => `blob:${saved.push(blob)}`
  window.HTMLAnchorElement.prototype.click = function click() {
    saved.push(this.download)
  }
  const root = $('#export-menu')
  root.matches = () => false
  page = {
    signal,
    pausedAt: null,
    filters: { search: 'a "b c"', event_types: ['x', 'y'], time_range: '15m' },
    status: { status: { matched: 3, retained: 3, event_bytes: 1000, source: { name: 'in this process' } } },
    shown: [],
    toast: { show: (...words) => page.shown.push(words) },
  }
  menu = make(page, root)
})

test('a filter is written as the API reads it', () => {
  const query = new URLSearchParams(
    queryOf({ sources: ['a', 'b&c'], search: '', time_range: { start: 's' }, urgent: true, count: 0, none: null }),
  )

  assert.deepEqual(
    [...query],
    [
      ['sources', 'a'],
      ['sources', 'b&c'],
      ['time_range', '{"start":"s"}'],
      ['urgent', 'true'],
      ['count', '0'],
    ],
  )
})

test('the address is this page’s own, with the format', () => {
  const url = exportUrl('csv', { search: 'a b', time_range: '15m' })

  assert.equal(url.href, 'http://dashboard.test/api/events/export?search=a+b&time_range=15m&format=csv')
})

test('while the table is paused, what came since is left out', () => {
  const range = filters => JSON.parse(exportUrl('csv', filters, NOW).searchParams.get('time_range'))

  assert.deepEqual(range({ time_range: '15m' }), { start: '2024-01-15T10:15:00.000Z', end: '2024-01-15T10:30:00.000Z' })
  assert.deepEqual(range({}), { end: '2024-01-15T10:30:00.000Z' })
  assert.deepEqual(range({ time_range: { start: 'a' } }), { start: 'a' })
})

test('how much there is, and what of it may be gone', () => {
  assert.equal(sizeText({ matched: 26736, retained: 40000, event_bytes: 450 }), '26,736 events, about 12.0 MB')
  assert.equal(sizeText({ matched: 26736, retained: 1000, event_bytes: 500 }), '26,736 events, as far as they are retained')
  assert.equal(sizeText({ matched: 7, retained: 1000, event_bytes: 0, exact: false }), '7 of the newest events')
  assert.equal(sizeText({ matched: 1, retained: 5 }), '1 event')
  assert.equal(sizeText({}), '')
})

test('lines and bytes are counted across parts', async () => {
  const told = []

  const { size, lines } = await collect(answer(['a\nb', 'c\n', 'd\n']), (...now) => told.push(now))

  assert.deepEqual([size, lines], [7, 3])
  assert.deepEqual(told.at(-1), [7, 3])
})

test('an export is saved under its name, with what is in it and what is missing', async () => {
  const headers = { 'Content-Disposition': 'attachment; filename="events-1.csv"', 'X-Gap': '1204' }
  globalThis.fetch = async () => answer(['id\n', '1\n2\n3\n'], { headers })

  click($('button', $('#export-menu')))
  await until(() => page.shown.length)

  assert.equal(saved[0].size, 9)
  assert.equal(saved[1], 'events-1.csv')
  assert.deepEqual(page.shown, [
    ['events-1.csv saved: 3 events, 9 B. 1,204 older events are no longer retained, and not in it.', 'ok'],
  ])
  assert.equal(gapText('unknown'), 'Older events are no longer retained, and not in it.')
})

test('a refusal is told in the server’s words', async () => {
  const detail = [{ loc: ['query', 'format'], msg: "parquet needs the extra: pip install 'event-dashboard[parquet]'" }]
  globalThis.fetch = async () => answer([JSON.stringify({ detail })], { status: 422 })

  await menu.run('parquet')

  assert.match($('.field-error').textContent, /pip install 'event-dashboard\[parquet\]'/)
  assert.deepEqual(saved, [])
})

test('a download that breaks off leaves nothing behind', async () => {
  globalThis.fetch = async () => answer(['id\n'], { ends: 'badly' })

  await menu.run('csv')

  assert.match($('.field-error').textContent, /broke off, and nothing was saved/)
  assert.deepEqual(saved, [])
  assert.equal($('.choices').hidden, false)
})

test('while it runs the progress shows, and it can be cancelled', async () => {
  globalThis.fetch = async (url, { signal }) => answer(['id\n', '1\n2\n'], { ends: 'never', signal })

  $('#export-menu button').focus()
  const running = menu.run('csv')
  await until(() => $('.progress .muted').textContent === '2 events, 7 B')
  assert.equal($('progress').value, 2)
  assert.equal($('progress').max, 3)
  assert.equal(document.activeElement, $('.progress button'))
  assert.equal($('[data-export]').hasAttribute('data-busy'), true)
  click($$('.progress button').at(-1))
  await running

  assert.deepEqual(page.shown, [['Export cancelled, nothing was saved']])
  assert.deepEqual(saved, [])
  assert.equal($('[data-export]').hasAttribute('data-busy'), false)
})
