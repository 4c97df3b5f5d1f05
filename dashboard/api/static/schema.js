// What a JSON Schema allows, as words and as an outline that opens.
import { el, inline } from './nodes.js'

export function resolve(root, node) {
  let found = node
  while (found?.$ref) found = found.$ref.replace('#/', '').split('/').reduce((at, key) => at[key], root)
  return found ?? {}
}

const nameOf = node => node.$ref?.split('/').at(-1)

/** The kind of value in a few words: `array of Event`, `integer or null`. */
export function typeOf(root, node) {
  if (node.$ref) return nameOf(node)
  if ('const' in node) return JSON.stringify(node.const)
  if (node.enum) return node.enum.map(value => JSON.stringify(value)).join(' | ')
  if (node.type === undefined && node.anyOf) return [...new Set(node.anyOf.map(one => typeOf(root, one)))].join(' or ')
  const types = [node.type ?? 'any'].flat()
  return types.map(type => (type === 'array' && node.items ? `array of ${typeOf(root, node.items)}` : type)).join(' or ')
}

/** The bounds that a value has to keep. */
export function limitsOf(node) {
  const limits = []
  const { minimum, maximum } = node
  if (minimum !== undefined && maximum !== undefined) limits.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) limits.push(`at least ${minimum}`)
  else if (maximum !== undefined) limits.push(`at most ${maximum}`)
  if (node.maxLength !== undefined) limits.push(`at most ${node.maxLength} characters`)
  if (node.maxItems !== undefined) limits.push(`at most ${node.maxItems} items`)
  if (node.format) limits.push(node.format)
  if (node.pattern && node.pattern.length <= 40) limits.push(`matches ${node.pattern.replace('(?!\\n)', '')}`)
  if (node.default !== undefined) limits.push(`default ${JSON.stringify(node.default)}`)
  return limits.join(' · ')
}

/** A row of a table of values: its name, its kind and bounds, what it means. */
export function valueRow(root, name, node, { required = false, where = '', words = node.description } = {}) {
  const limits = limitsOf(resolve(root, node))
  const head = el('dt', '', el('code', '', name))
  if (required) head.append(el('span', 'required', 'required'))
  if (where) head.append(el('span', 'where', where))
  const body = el('dd', '', el('span', 'kind', typeOf(root, node)))
  if (limits) body.append(el('span', 'limits', limits))
  if (words) body.append(el('p', '', ...inline(words)))
  return el('div', 'value', head, body)
}

/** The keys of an object, with those of its objects inside. */
export function outline(root, node, seen = []) {
  const schema = resolve(root, node)
  const inner = schema.items ?? schema.anyOf?.find(one => resolve(root, one).properties)
  if (!schema.properties) return inner && !seen.includes(inner) ? outline(root, inner, [...seen, inner]) : null
  const rows = Object.entries(schema.properties).map(([name, child]) => {
    const row = valueRow(root, name, child, { required: schema.required?.includes(name) })
    const below = seen.length < 4 && outline(root, child, [...seen, child])
    if (below) row.lastChild.append(el('details', '', el('summary', '', 'Keys'), below))
    return row
  })
  return el('dl', 'values', ...rows)
}
