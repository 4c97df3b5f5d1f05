// The time range: a segmented control, and from/to behind "Custom", in the zone in which the page tells times.
import { press, setText } from './dom.js'
import { place } from './menu.js'
import { fromInput, toInput } from './zone.js'

export class RangeControl {
  constructor(bar, form, { signal, onchange }) {
    Object.assign(this, { bar, form, onchange, range: 'all' })
    this.error = form.querySelector('.field-error')
    const custom = bar.querySelector('[data-value=custom]')
    place(form, custom, signal)
    bar.addEventListener('click', event => this.click(event.target.closest('[data-value]')), { signal })
    form.addEventListener('submit', event => this.submit(event), { signal })
    form.querySelector('[data-close]').addEventListener('click', () => form.hidePopover(), { signal })
  }

  update(range) {
    this.range = range ?? 'all'
    press(this.bar, typeof this.range === 'string' ? this.range : 'custom')
  }

  click(segment) {
    if (!segment) return
    if (segment.dataset.value === 'custom') this.open()
    else this.onchange(segment.dataset.value)
  }

  open(now = Date.now()) {
    const { start, end } = this.form.elements
    const shown = typeof this.range === 'object' ? this.range : {}
    start.value = toInput(shown.start ?? new Date(now - 900_000).toISOString())
    end.value = toInput(shown.end ?? new Date(now).toISOString())
    this.complain('')
    this.form.showPopover()
    start.focus()
  }

  submit(event) {
    event.preventDefault()
    const { start, end } = this.form.elements
    if (!start.value || !end.value) return this.complain('Both times are needed.')
    const range = { start: fromInput(start.value), end: fromInput(end.value) }
    if (range.start >= range.end) return this.complain('"From" must be before "To".')
    this.form.hidePopover()
    this.onchange(range)
  }

  complain(text) {
    setText(this.error, text)
    this.error.hidden = !text
  }
}
