import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { $, fill, HOSTILE, injected } from './environment.js'
import { body, faultsOf, make } from '../../dashboard/client/test-event.js'

let page, form, requests, answers

beforeEach(() => {
  fill('<dialog id="test-dialog"></dialog>')
  requests = []
  answers = []
  globalThis.fetch = async (url, options) => {
    requests.push({ url: String(url), ...options })
    const [status, said] = answers.shift()
    return { ok: status < 400, status, json: async () => said }
  }
  page = {
    status: { refusal: '' },
    shown: [],
    opened: [],
    toast: { show: (...words) => page.shown.push(words) },
    openEvent: id => page.opened.push(id),
  }
  form = make(page, $('#test-dialog'))
  form.open()
})

const error = name => $(`#test-error-${name}`)

test('what was typed as data is sent as it was typed', () => {
  const sent = body({ event_type: 'a', source: '', priority: 'high', data: ' {"n": 12345678901234567890} ' })

  assert.equal(sent, '{"event_type":"a","priority":"high","data":{"n": 12345678901234567890}}')
  assert.equal(body({ event_type: '', source: '', priority: '', data: '' }), '{"data":{}}')
})

test('filled in already, it is sent at once and says under which id', async () => {
  answers.push([200, { status: 'published', id: '5-0' }])

  await form.submit()

  assert.equal(requests[0].url, 'http://dashboard.test/api/test/publish-event')
  assert.deepEqual(JSON.parse(requests[0].body), {
    event_type: 'test',
    source: 'dashboard',
    priority: 'normal',
    data: { action: 'test_event', message: 'sent from the dashboard' },
  })
  assert.equal($('dialog').open, false)
  const [text, tone, { run }] = page.shown[0]
  assert.deepEqual([text, tone], ['Test event published, 5-0', 'ok'])
  run()
  assert.deepEqual(page.opened, ['5-0'])
})

test('what was sent last stands in the form when it is opened again', async () => {
  answers.push([200, { id: '5-0' }])
  $('[name=event_type]').value = 'alerts'
  await form.submit()

  form.open()

  assert.equal($('[name=event_type]').value, 'alerts')
})

test('data that is no JSON is said before anything is sent', async () => {
  $('[name=data]').value = '{"a": }'

  await form.submit()

  assert.match(error('data').textContent, /^Not JSON: /)
  assert.equal($('[name=data]').getAttribute('aria-invalid'), 'true')
  assert.equal(document.activeElement, $('[name=data]'))
  assert.deepEqual(requests, [])
})

test('what the server finds wrong stands beside its field, as text', async () => {
  for (const msg of HOSTILE.filter(Boolean)) {
    answers.push([
      422,
      {
        detail: [
          { loc: ['body', 'event_type'], msg },
          { loc: ['body'], msg: 'whole' },
        ],
      },
    ])
    await form.submit()
    assert.equal(error('event_type').textContent, msg)
    assert.equal(error('all').textContent, 'whole')
  }

  assert.deepEqual(injected(), [])
  assert.equal($('dialog').open, true)
})

test('other refusals and silence are told in words', async () => {
  assert.deepEqual(faultsOf(503, { detail: 'away' }), { '': 'away' })
  assert.deepEqual(faultsOf(502, null), { '': 'The server answered 502.' })
  globalThis.fetch = () => Promise.reject(new TypeError('failed'))

  await form.submit()

  assert.match(error('all').textContent, /did not answer/)
})

test('while the source is away nothing can be sent, and why is said', async () => {
  page.status.refusal = 'The event source is unreachable'
  form.update()

  assert.equal($('[type=submit]').disabled, true)
  assert.match(error('all').textContent, /unreachable/)
  await form.submit()
  assert.deepEqual(requests, [])

  page.status.refusal = ''
  form.update()
  assert.equal($('[type=submit]').disabled, false)
  assert.equal(error('all').hidden, true)
})
