// Widgets for the fields which a platform adds to its own filter.
import { el } from './dom.js'

const asList = text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)

function choiceInput(field) {
  const input = el('select')
  input.append(
    new Option('any', ''),
    ...(field.choices ?? []).map(choice => new Option(String(choice), String(choice))),
  )
  return input
}

function plainInput(field) {
  const input = el('input')
  input.type = { bool: 'checkbox', number: 'number' }[field.kind] ?? 'text'
  if (field.kind === 'number') input.step = 'any'
  if (field.kind === 'list') input.placeholder = 'a, b, c'
  return input
}

const READ = {
  bool: input => input.checked || undefined,
  number: input => (input.value === '' ? undefined : Number(input.value)),
  list: input => (asList(input.value).length ? asList(input.value) : undefined),
}

export function readField(field, input) {
  if (Object.hasOwn(READ, field.kind)) return READ[field.kind](input)
  if (input.value === '') return undefined
  return field.kind === 'choice' ? field.choices.find(choice => String(choice) === input.value) : input.value
}

function writeField(field, input, value) {
  if (document.activeElement === input) return
  if (field.kind === 'bool') input.checked = value === true
  else input.value = Array.isArray(value) ? value.join(', ') : String(value ?? '')
}

/** Labelled inputs for `fields`; `onchange` gets the filter with the one field changed. */
export class FieldInputs {
  constructor(fields, onchange) {
    this.filters = {}
    this.rows = fields.map(field => ({
      field,
      input: field.kind === 'choice' ? choiceInput(field) : plainInput(field),
    }))
    for (const { field, input } of this.rows) {
      input.addEventListener('change', () => {
        const { [field.name]: _, ...rest } = this.filters
        const value = readField(field, input)
        onchange(value === undefined ? rest : { ...rest, [field.name]: value })
      })
    }
  }

  nodes() {
    return this.rows.map(({ field, input }) => {
      const text = field.label ?? field.name
      const label = field.kind === 'bool' ? el('label', 'tick', input, text) : el('label', 'field', text, input)
      if (field.doc) label.title = field.doc
      return label
    })
  }

  update(filters) {
    this.filters = filters
    for (const { field, input } of this.rows) writeField(field, input, filters[field.name])
  }
}
