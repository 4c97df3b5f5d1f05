// The export of what is filtered: a download with its progress, that can be broken off and tells what is missing.
import { fixedRange } from './clipboard.js'
import { button, el, setText } from './dom.js'
import { bytes, count } from './format.js'
import { queryOf, withRange } from './query.js'

const FORMATS = {
  csv: ['CSV', 'for spreadsheets'],
  ndjson: ['NDJSON', 'one JSON object a line'],
  parquet: ['Parquet', 'typed columns, small'],
}
const NEWLINE = 10
/** Text has a line for each event, and CSV one more for its head; Parquet is not read here. */
const HEAD_LINES = { csv: 1, ndjson: 0 }

/** What is filtered now; while the table is paused, without what came since. */
export function exportUrl(format, filters, pausedAt = null) {
  const url = new URL('api/events/export', document.baseURI)
  const range = pausedAt === null ? null : fixedRange(filters.time_range, pausedAt, true)
  url.search = queryOf(range ? withRange(filters, range) : filters)
  url.searchParams.set('format', format)
  return url
}

/** How much there is, as far as the page knows: what was counted may be no longer retained, and Redis may hold more. */
export function sizeText({ matched, retained, event_bytes: each, exact }) {
  if (matched === undefined) return ''
  const events = `${count(matched)} ${exact === false ? 'of the newest ' : ''}event${matched === 1 ? '' : 's'}`
  if (matched > retained) return `${events}, as far as they are retained`
  return each ? `${events}, about ${bytes(matched * each)}` : events
}

export function gapText(gap) {
  if (!gap) return ''
  return gap === 'unknown'
    ? 'Older events are no longer retained, and not in it.'
    : `${count(Number(gap))} older event${gap === '1' ? ' is' : 's are'} no longer retained, and not in it.`
}

/** Reads an answer to its end; `onpart` gets the bytes and, for text, the lines so far. */
export async function collect(answer, onpart) {
  const [parts, reader] = [[], answer.body.getReader()]
  let [size, lines] = [0, 0]
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { parts, size, lines }
    parts.push(value)
    size += value.length
    for (let at = value.indexOf(NEWLINE); at >= 0; at = value.indexOf(NEWLINE, at + 1)) lines += 1
    onpart(size, lines)
  }
}

async function refusal(answer) {
  const { detail } = await answer.json().catch(() => ({}))
  if (Array.isArray(detail)) return detail.map(({ msg }) => msg).join('; ')
  return typeof detail === 'string' ? detail : `the server answered ${answer.status}`
}

const nameOf = answer =>
  /filename="([\w.-]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? 'events'

function save(parts, name, type) {
  const link = el('a')
  link.href = URL.createObjectURL(new Blob(parts, { type }))
  link.download = name
  link.click()
  // The browser has begun to read by then; kept, it would hold the whole file.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

class Export {
  constructor(page, root) {
    Object.assign(this, { page, root, running: null })
    this.size = el('p', 'small muted')
    this.choices = el('div', 'choices', ...Object.keys(FORMATS).map(format => this.choice(format)))
    this.bar = el('progress')
    this.bar.setAttribute('aria-label', 'Export')
    this.told = el('span', 'small muted')
    this.cancel = button('btn tiny', '', () => this.running?.abort(), 'Cancel')
    this.progress = el('div', 'progress', this.bar, el('div', 'row', this.told, el('span', 'grow'), this.cancel))
    this.error = el('p', 'field-error')
    this.error.setAttribute('role', 'alert')
    root.replaceChildren(el('h2', '', 'Export what is filtered'), this.size, this.choices, this.progress, this.error)
    this.show(null)
    page.signal.addEventListener('abort', () => this.running?.abort())
  }

  choice(format) {
    const [name, words] = FORMATS[format]
    return button('', '', () => this.run(format), el('b', '', name), el('span', 'muted', words))
  }

  fill() {
    this.update()
    this.focus()
  }

  focus() {
    const next = this.running ? this.cancel : this.choices.firstElementChild
    next.focus()
  }

  update() {
    setText(this.size, sizeText(this.page.status.status))
  }

  show(running) {
    const hadFocus = this.root.contains(document.activeElement)
    this.running = running
    this.progress.hidden = !running
    this.choices.hidden = Boolean(running)
    if (hadFocus) this.focus()
    for (const node of document.querySelectorAll('[data-export]')) node.toggleAttribute('data-busy', Boolean(running))
  }

  complain(text) {
    setText(this.error, text)
    this.error.hidden = !text
    if (text && !this.root.contains(document.activeElement)) this.page.toast.show(text, 'bad')
  }

  async run(format) {
    const running = new AbortController()
    this.complain('')
    this.show(running)
    this.tell(format, 0, 0)
    try {
      await this.download(format, running.signal)
    } catch {
      if (running.signal.aborted) this.page.toast.show('Export cancelled, nothing was saved')
      else this.complain('The export broke off, and nothing was saved: try again.')
    }
    this.show(null)
  }

  async download(format, signal) {
    const { filters, pausedAt } = this.page
    const answer = await fetch(exportUrl(format, filters, pausedAt), { signal })
    if (!answer.ok) return this.complain(`Not exported: ${await refusal(answer)}.`)
    const { parts, size, lines } = await collect(answer, (size, lines) => this.tell(format, size, lines))
    const name = nameOf(answer)
    save(parts, name, answer.headers.get('Content-Type'))
    const events = format in HEAD_LINES ? `${count(lines - HEAD_LINES[format])} events, ` : ''
    const words = [`${name} saved: ${events}${bytes(size)}.`, gapText(answer.headers.get('X-Gap'))]
    this.page.toast.show(words.filter(Boolean).join(' '), 'ok')
    if (this.root.matches(':popover-open')) this.root.hidePopover()
  }

  tell(format, size, lines) {
    const { matched } = this.page.status.status
    const isCounted = format in HEAD_LINES
    const done = Math.max(0, lines - (HEAD_LINES[format] ?? 0))
    if (isCounted && done <= matched) Object.assign(this.bar, { max: matched || 1, value: done })
    else this.bar.removeAttribute('value')
    setText(this.told, isCounted ? `${count(done)} events, ${bytes(size)}` : bytes(size))
  }
}

export const make = (page, root) => new Export(page, root)
