// The menu of saved views: give the present one a name, go to one, give it another name, delete it.
import { bdi, button, el, icon, setText } from './dom.js'
import { load, MAX_NAME, plainName, remove, rename, save, viewOf, WORDS } from './shelf.js'

function nameInput(label, value = '') {
  const input = Object.assign(el('input'), { type: 'text', value, maxLength: MAX_NAME, spellcheck: false })
  input.autocomplete = 'off'
  input.setAttribute('aria-label', label)
  return input
}

class SavedViews {
  constructor(page, root) {
    Object.assign(this, { page, root, renaming: null })
    this.input = nameInput('Name of this view')
    this.input.placeholder = 'Name this view'
    this.submit = button('btn primary tiny', '', null, 'Save')
    this.submit.type = 'submit'
    this.form = el('form', 'row', this.input, this.submit)
    this.error = el('p', 'field-error')
    this.error.setAttribute('role', 'alert')
    this.list = el('ul', 'menu-list')
    root.replaceChildren(el('h2', '', 'Saved views'), this.form, this.error, this.list)
    this.form.addEventListener('submit', event => {
      event.preventDefault()
      this.save()
    })
    this.input.addEventListener('input', () => this.drawSubmit())
    // Another tab of this browser may save one.
    window.addEventListener('storage', () => this.draw(), { signal: page.signal })
  }

  fill() {
    this.renaming = null
    this.complain(this.views === null ? WORDS.denied : '')
    this.draw()
    const first = this.list.querySelector('button')
    if (first) first.focus()
    else this.input.focus()
  }

  get views() {
    return load()
  }

  complain(text) {
    setText(this.error, text)
    this.error.hidden = !text
    return text
  }

  draw() {
    const here = viewOf(location.search)
    const views = this.views ?? []
    const lines = views.map(view => (view.name === this.renaming ? this.renameLine(view) : this.line(view, here)))
    this.list.replaceChildren(...lines)
    if (!views.length) this.list.replaceChildren(el('li', 'menu-none', 'None yet. They stay in this browser.'))
    this.drawSubmit()
  }

  drawSubmit() {
    const name = plainName(this.input.value)
    setText(this.submit, this.views?.some(view => view.name === name) ? 'Replace' : 'Save')
  }

  line(view, here) {
    const { name, search } = view
    const apply = button('go', '', () => this.apply(search), bdi(name))
    apply.title = name
    if (search === here) apply.setAttribute('aria-current', 'true')
    return el(
      'li',
      'row',
      apply,
      button('btn ghost tiny', `Rename ${name}`, () => this.startRename(name), 'Rename'),
      button('btn ghost tiny icon', `Delete ${name}`, () => this.remove(view), icon('x', 's')),
    )
  }

  renameLine({ name }) {
    const input = nameInput(`New name of ${name}`, name)
    const form = el('form', 'row grow', input, Object.assign(el('button', 'btn tiny', 'Rename'), { type: 'submit' }))
    form.addEventListener('submit', event => {
      event.preventDefault()
      this.rename(name, plainName(input.value))
    })
    form.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      this.endRename(name)
    })
    return el('li', 'row', form)
  }

  startRename(name) {
    this.renaming = name
    this.draw()
    const input = this.list.querySelector('input')
    input?.select()
    input?.focus()
  }

  endRename(name) {
    this.renaming = null
    this.complain('')
    this.draw()
    this.focusOn(name)
  }

  focusOn(name) {
    const lines = [...this.list.querySelectorAll('.go')]
    const next = lines.find(line => line.textContent === name) ?? lines[0] ?? this.input
    next.focus()
  }

  save() {
    const name = plainName(this.input.value)
    if (this.complain(save(name, viewOf(location.search)))) return
    this.input.value = ''
    this.draw()
    this.focusOn(name)
  }

  apply(search) {
    this.root.hidePopover()
    this.page.visit(search && `?${search}`)
  }

  rename(old, name) {
    if (!this.complain(rename(old, name))) this.endRename(name)
  }

  remove({ name, search }) {
    const place = [...this.list.children].findIndex(line => line.contains(document.activeElement))
    if (this.complain(remove(name))) return
    this.draw()
    const next = this.list.querySelectorAll('.go')
    ;(next[place] ?? next[next.length - 1] ?? this.input).focus()
    this.page.toast.show('View deleted', '', { label: 'Undo', run: () => this.restore(name, search) })
  }

  restore(name, search) {
    const fault = save(name, search)
    if (fault) this.page.toast.show(fault, 'bad')
    this.draw()
  }
}

export const make = (page, root) => new SavedViews(page, root)
