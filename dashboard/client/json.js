// JSON read from its own text, so that 1860.00 and integers beyond 2^53 stay as they were written.
const TOKEN = /\s*(?:([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y
const KINDS = [null, null, 'string', 'number', 'literal']
const CLOSING = { '{': '}', '[': ']' }

/** A node is `{kind, text}` for a leaf and `{kind, entries: [[key, node], ...], start, end}` for the rest. */
export function parse(text) {
  const reader = { text, at: 0 }
  const node = readValue(reader)
  if (text.slice(reader.at).trim()) throw new SyntaxError(`unexpected text at ${reader.at}`)
  return node
}

function next(reader) {
  TOKEN.lastIndex = reader.at
  const match = TOKEN.exec(reader.text)
  if (!match) throw new SyntaxError(`unexpected text at ${reader.at}`)
  reader.at = TOKEN.lastIndex
  const group = match.findIndex((part, index) => index > 0 && part !== undefined)
  return { kind: KINDS[group], text: match[group], start: reader.at - match[group].length }
}

function readValue(reader, token = next(reader)) {
  if (token.kind) return { kind: token.kind, text: token.text }
  if (!Object.hasOwn(CLOSING, token.text)) throw new SyntaxError(`unexpected ${token.text} at ${token.start}`)
  return readEntries(reader, token)
}

function readEntries(reader, { text: opening, start }) {
  const isObject = opening === '{'
  const entries = []
  let token = next(reader)
  while (token.text !== CLOSING[opening]) {
    if (entries.length) token = expect(token, ',') && next(reader)
    entries.push(isObject ? readPair(reader, token) : [entries.length, readValue(reader, token)])
    token = next(reader)
  }
  return { kind: isObject ? 'object' : 'array', entries, start, end: reader.at }
}

function readPair(reader, token) {
  if (token.kind !== 'string') throw new SyntaxError(`a key was expected at ${token.start}`)
  expect(next(reader), ':')
  return [JSON.parse(token.text), readValue(reader)]
}

function expect(token, text) {
  if (token.text !== text) throw new SyntaxError(`${text} was expected at ${token.start}`)
  return token
}

export const isLeaf = node => !node.entries

/** What a person means by the value: a string without its quotes, everything else as written. */
export const valueText = (node, source) => {
  if (!isLeaf(node)) return source.slice(node.start, node.end)
  return node.kind === 'string' ? JSON.parse(node.text) : node.text
}

export function pretty(node, depth = 0) {
  if (isLeaf(node)) return node.text
  const [open, close] = node.kind === 'object' ? '{}' : '[]'
  if (!node.entries.length) return open + close
  const indent = '  '.repeat(depth + 1)
  const lines = node.entries.map(([key, child]) => {
    const name = node.kind === 'object' ? `${JSON.stringify(key)}: ` : ''
    return `${indent}${name}${pretty(child, depth + 1)}`
  })
  return `${open}\n${lines.join(',\n')}\n${'  '.repeat(depth)}${close}`
}

/** The leaf at a path of keys, or undefined. */
export function find(node, ...keys) {
  return keys.reduce((at, key) => at?.entries?.find(([name]) => name === key)?.[1], node)
}
