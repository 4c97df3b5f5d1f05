// The form that publishes a test event: filled in already, so that one press of Enter sends it.
import { button, el, setText } from './dom.js'
import { parse } from './json.js'
import { PRIORITIES } from './kinds.js'

const DATA = `{
  "action": "test_event",
  "message": "sent from the dashboard"
}`

/** The request's body: what was typed as data goes as it is, so that no number is changed. */
export function body({ event_type, source, priority, data }) {
  const given = Object.entries({ event_type, source, priority }).filter(([, value]) => value)
  const parts = given.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  return `{${[...parts, `"data":${data.trim() || '{}'}`].join(',')}}`
}

/** What an answer finds wrong, by field; what belongs to none is under ''. */
export function faultsOf(status, answer) {
  const { detail } = answer ?? {}
  if (!Array.isArray(detail)) return { '': typeof detail === 'string' ? detail : `The server answered ${status}.` }
  const faults = {}
  for (const { loc = [], msg } of detail) {
    const field = loc.find(part => Object.hasOwn(FIELDS, part)) ?? ''
    faults[field] = faults[field] ? `${faults[field]}; ${msg}` : msg
  }
  return faults
}

const text = value => () => Object.assign(el('input'), { type: 'text', value, spellcheck: false, autocomplete: 'off' })

const FIELDS = {
  event_type: ['Type', text('test')],
  source: ['Source', text('dashboard')],
  priority: ['Priority', choice],
  data: ['Data', () => Object.assign(el('textarea', 'mono'), { rows: 6, value: DATA, spellcheck: false })],
}

function choice() {
  const select = el('select')
  select.append(...PRIORITIES.map(name => new Option(name, name)))
  select.value = 'normal'
  return select
}

class TestForm {
  constructor(page, dialog) {
    Object.assign(this, { page, dialog, inputs: {}, errors: {}, refusal: '' })
    this.form = el('form', 'form', el('h2', '', 'Send test event'), ...Object.keys(FIELDS).map(name => this.field(name)))
    this.form.noValidate = true
    this.errors[''] = this.error('')
    this.send = button('btn primary', '', null, 'Send')
    this.send.type = 'submit'
    const cancel = button('btn ghost', '', () => dialog.close(), 'Cancel')
    this.form.append(this.errors[''], el('div', 'form-foot', cancel, this.send))
    this.form.addEventListener('submit', event => {
      event.preventDefault()
      this.submit()
    })
    this.form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.submit()
    })
    dialog.replaceChildren(this.form)
  }

  field(name) {
    const [label, make] = FIELDS[name]
    const input = (this.inputs[name] = make())
    input.name = name
    input.setAttribute('aria-describedby', `test-error-${name}`)
    this.errors[name] = this.error(name)
    return el('label', '', label, input, this.errors[name])
  }

  error(name) {
    const node = el('p', 'field-error')
    Object.assign(node, { id: `test-error-${name || 'all'}`, hidden: true })
    node.setAttribute('role', 'alert')
    return node
  }

  /** What was sent last stands in the fields. */
  open() {
    this.complain({ '': this.page.status.refusal })
    this.update()
    this.dialog.showModal()
    this.send.focus()
  }

  update() {
    const { refusal } = this.page.status
    this.send.disabled = refusal !== ''
    if (refusal !== this.refusal) this.complain({ '': refusal })
    this.refusal = refusal
  }

  complain(faults) {
    for (const [name, node] of Object.entries(this.errors)) {
      setText(node, faults[name] ?? '')
      node.hidden = !faults[name]
      this.inputs[name]?.setAttribute('aria-invalid', String(Boolean(faults[name])))
    }
    const first = Object.keys(FIELDS).find(name => faults[name])
    this.inputs[first]?.focus()
  }

  get values() {
    return Object.fromEntries(Object.entries(this.inputs).map(([name, { value }]) => [name, value]))
  }

  async submit() {
    if (this.send.disabled) return
    const { values } = this
    try {
      if (values.data.trim()) parse(values.data)
    } catch (error) {
      this.complain({ data: `Not JSON: ${error.message}` })
      return
    }
    this.send.disabled = true
    try {
      await this.publish(body(values))
    } catch {
      this.complain({ '': 'The dashboard did not answer. The event may not have been published.' })
    }
    this.send.disabled = this.page.status.refusal !== ''
  }

  async publish(text) {
    const answer = await fetch(new URL('api/test/publish-event', document.baseURI), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: text,
    })
    const said = await answer.json().catch(() => null)
    if (!answer.ok) return this.complain(faultsOf(answer.status, said))
    this.dialog.close()
    const open = { label: 'Open', run: () => this.page.openEvent(said.id) }
    this.page.toast.show(`Test event published, ${said.id}`, 'ok', open)
  }
}

export const make = (page, dialog) => new TestForm(page, dialog)
