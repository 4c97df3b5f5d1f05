// The data of an event: as a tree or as it was written; large data is fetched only when someone asks for it.
import { bdi, button, capital, el, press } from './dom.js'
import { bytes } from './format.js'
import { find, parse, pretty } from './json.js'
import { fieldTerm, withTerm } from './query.js'
import { JsonTree } from './tree.js'

const LAST = 2n ** 64n - 1n

/** The id just before another, after which its event is the next. */
export function before(id) {
  const [ms, seq] = id.split('-').map(BigInt)
  return seq ? `${ms}-${seq - 1n}` : `${ms - 1n}-${LAST}`
}

/** The data of one event, in the very text in which it is retained. */
export async function fetchData(id, signal, base = document.baseURI) {
  const url = new URL('api/events/history', base)
  url.search = new URLSearchParams({ after: before(id), limit: 1, ids: true })
  const answer = await fetch(url, { signal })
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`)
  const text = await answer.text()
  const event = find(parse(text), 0)
  if (!event || JSON.parse(find(event, 'id').text) !== id) throw new Error('it is no longer retained')
  const { start, end } = find(event, 'data')
  return text.slice(start, end)
}

export function safely(read) {
  try {
    return read()
  } catch {
    return null
  }
}

export class Payload {
  /** `cut` says how large the data is, and how it begins, where `event` comes without. */
  constructor(event, cut, { onfilter, oncopy, load = fetchData }) {
    Object.assign(this, { event, cut, onfilter, oncopy, load, controller: new AbortController(), loading: null })
    this.text = event.data
    this.bar = el('div', 'seg tiny')
    this.bar.hidden = true
    this.body = el('div', 'data-body')
    this.size = el('span', 'small dim', cut ? bytes(cut.bytes) : '')
    const head = el('div', 'part-head', el('h3', '', 'Data'), this.size, el('span', 'grow'), this.bar)
    this.node = el('section', 'part', head, this.body)
    if (this.isCut) this.drawCut()
    else this.drawWhole()
  }

  /** Nobody waits for it any more. */
  stop() {
    this.controller.abort()
  }

  get isCut() {
    return this.text === null && Boolean(this.cut)
  }

  /** All of it, fetched if it has not been; rejects where that fails. */
  whole() {
    this.loading ??= this.fetch()
    return this.loading
  }

  async fetch() {
    const { signal } = this.controller
    this.drawCut('Loading …', true)
    try {
      this.text = await this.load(this.event.id, signal)
    } catch (error) {
      this.loading = null
      if (!signal.aborted) this.drawCut(`Not loaded: ${error.message}`)
      throw error
    }
    if (!signal.aborted) this.drawWhole()
    return this.text
  }

  drawCut(said = '', isLoading = false) {
    const show = button('btn tiny', '', () => this.showAll(), `Show all ${bytes(this.cut.bytes)}`)
    show.disabled = isLoading
    const told = el('span', 'small muted', bdi(said))
    told.setAttribute('role', 'status')
    this.body.replaceChildren(el('pre', 'json cut', `${this.cut.beginning}…`), el('div', 'row', show, told))
  }

  async showAll() {
    try {
      await this.whole()
      this.body.querySelector('[tabindex="0"]')?.focus()
    } catch {
      // Why is said where the data would be.
    }
  }

  drawWhole() {
    const data = safely(() => parse(this.text))
    const draw = view => {
      press(this.bar, view)
      this.body.replaceChildren(
        view === 'tree' && data ? this.tree(data) : el('pre', 'json', data ? pretty(data) : String(this.text)),
      )
    }
    const views = data ? ['tree', 'raw'] : ['raw']
    this.bar.replaceChildren(...views.map(view => button('', '', () => draw(view), capital(view))))
    this.bar.hidden = false
    for (const [index, view] of views.entries()) this.bar.children[index].dataset.value = view
    draw(views[0])
  }

  tree(data) {
    const onfilter = (path, text) => this.onfilter(filters => withTerm(filters, fieldTerm(['data', ...path], text)))
    return new JsonTree(data, this.text, { label: 'Data', onfilter, oncopy: text => this.oncopy(text, 'Value') }).list
  }
}
