// Draws the OpenAPI document: an index, and a card with a form for each operation.
import { copyText } from '../../client/clipboard.js'
import { parse, pretty } from '../../client/json.js'
import { Theme } from '../../client/theme.js'
import { button, codeBlock, el, inline, prose } from './nodes.js'
import { addressOf, curlOf, headersOf, send } from './request.js'
import { outline, resolve, typeOf, valueRow } from './schema.js'

const SHOWN_HEADERS = ['content-type', 'x-gap', 'retry-after', 'allow', 'content-disposition']
const MOST_SHOWN = 20_000

const operationsOf = root => Object.entries(root.paths).flatMap(([path, item]) =>
  ['get', 'post'].filter(method => item[method]).map(method => ({ ...item[method], path, method, also: item.description })))

const badge = method => el('span', `method ${method}`, method.toUpperCase())

function index(root, operations) {
  return root.tags.map(({ name }) => {
    const links = operations.filter(one => one.tags[0] === name).map(one => {
      const link = el('a', '', badge(one.method), el('span', 'path', one.path))
      link.href = `#${one.operationId}`
      return link
    })
    return el('section', '', el('h2', '', name), ...links)
  })
}

function introduction(root) {
  const card = el('section', 'glass card intro', el('h1', '', root.info.title), ...prose(root.info.description))
  const schemes = Object.values(root.components.securitySchemes ?? {})
  if (schemes.length) {
    card.append(el('p', '', ...inline('This server needs a token: `Authorization: Bearer <token>`, `?token=<token>`, or this page\'s own cookie.')))
  }
  return card
}

function parameterFields(root, operation) {
  return (operation.parameters ?? []).map(one => {
    const schema = resolve(root, one.schema)
    const isList = schema.type === 'array'
    const choices = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : null)
    const input = choices ? el('select', '', ...['', ...choices].map(choice => new Option(choice, choice))) : el('input')
    if (!choices) {
      input.placeholder = String(one.example ?? schema.default ?? (isList ? 'one, or several with commas' : ''))
      input.autocomplete = 'off'
    }
    if (one.required && choices) input.value = choices[0]
    if (one.in === 'path') input.value = one.example
    const label = el('label', '', el('span', '', one.name), input)
    return { label, read: () => ({ name: one.name, where: one.in, value: input.value, isList }) }
  })
}

function bodyField(operation) {
  const content = Object.entries(operation.requestBody?.content ?? {})
  if (!content.length) return null
  const [[type, media]] = content
  const example = media.example ?? Object.values(media.examples ?? {})[0]?.value ?? {}
  const area = el('textarea', '', JSON.stringify(example, null, 2))
  area.rows = Math.min(12, area.value.split('\n').length + 1)
  area.spellcheck = false
  return { type, label: el('label', 'wide', el('span', '', 'Body'), area), read: () => area.value }
}

function shownText(answer) {
  const isJson = answer.headers.some(([name, value]) => name === 'content-type' && value.startsWith('application/json'))
  const text = isJson && answer.text ? pretty(parse(answer.text)) : answer.text
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n… ${text.length - MOST_SHOWN} more characters` : text
}

function drawAnswer(place, answer) {
  const tone = answer.status >= 200 && answer.status < 300 ? 'ok' : 'bad'
  const head = el('p', 'answer-head', el('b', tone, answer.status || 'No answer'), ` in ${Math.round(answer.ms)} ms`)
  const headers = answer.headers.filter(([name]) => SHOWN_HEADERS.includes(name)).map(([name, value]) => `${name}: ${value}`)
  place.replaceChildren(head, el('p', 'small muted mono', headers.join('   ')), codeBlock(shownText(answer)))
}

function tryIt(root, operation) {
  const fields = parameterFields(root, operation)
  const body = bodyField(operation)
  const command = codeBlock('')
  const answer = el('div', 'answer')
  answer.setAttribute('role', 'status')
  const request = () => {
    const values = fields.map(field => field.read())
    const url = addressOf(operation.path, values, document.baseURI)
    return [operation.method, url, headersOf(values, body?.type), body?.read()]
  }
  const update = () => { command.textContent = curlOf(...request()) }
  const form = el('form', 'try', ...fields.map(field => field.label), ...(body ? [body.label] : []))
  form.addEventListener('input', update)
  const copy = button('btn tiny', 'Copy', async () => {
    copy.textContent = await copyText(command.textContent) ? 'Copied' : 'Select and copy'
  })
  form.append(el('div', 'wide command', command, copy), ...senders(operation, form, request, answer))
  update()
  return el('details', 'section', el('summary', '', 'Try it'), form, answer)
}

function senders(operation, form, request, answer) {
  const types = Object.keys(Object.entries(operation.responses).find(([status]) => status < 300)?.[1].content ?? {})
  if (types.includes('text/event-stream') || !types.length) {
    return [el('p', 'wide small muted', types.length ? 'A stream does not end; run the command in a terminal.' : 'Open it with a WebSocket client.')]
  }
  const go = el('button', 'btn primary', 'Send')
  form.addEventListener('submit', async event => {
    event.preventDefault()
    go.disabled = true
    drawAnswer(answer, await send(...request()))
    go.disabled = false
  })
  return [go]
}

function responses(root, operation) {
  const rows = Object.entries(operation.responses).map(([status, node]) => {
    const response = resolve(root, node)
    const kinds = Object.entries(response.content ?? {}).map(([type, { schema }]) => `${type}${schema.type || schema.$ref ? `: ${typeOf(root, schema)}` : ''}`)
    const body = el('dd', '', ...inline(response.description), el('p', 'small muted', kinds.join(' · ')))
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      body.append(el('p', 'small', el('code', '', name), ` ${resolve(root, header).description}`))
    }
    const schema = Object.values(response.content ?? {})[0]?.schema
    const keys = schema && (status < 300 || status === '422') && outline(root, schema)
    if (keys) body.append(el('details', '', el('summary', '', 'Keys'), keys))
    return el('div', 'value', el('dt', '', el('b', status < 300 ? 'ok' : 'muted', status)), body)
  })
  return el('details', 'section', el('summary', '', 'Answers'), el('dl', 'values', ...rows))
}

function inputs(root, operation) {
  const rows = (operation.parameters ?? []).map(one =>
    valueRow(root, one.name, one.schema, { required: one.required, where: one.in, words: one.description }))
  const sections = rows.length ? [el('details', 'section', el('summary', '', 'Parameters'), el('dl', 'values', ...rows))] : []
  const content = Object.entries(operation.requestBody?.content ?? {})
  if (content.length) {
    const kinds = content.map(([type, { schema }]) => `${type}: ${typeOf(root, schema)}`).join(' · ')
    const keys = outline(root, content[0][1].schema)
    sections.push(el('details', 'section', el('summary', '', 'Body'), el('p', 'small muted', kinds), ...(keys ? [keys] : [])))
  }
  return sections
}

function card(root, operation) {
  const anchor = el('a', 'anchor', '#')
  anchor.href = `#${operation.operationId}`
  anchor.setAttribute('aria-label', `Link to ${operation.summary}`)
  const head = el('header', '', badge(operation.method), el('h3', 'path', operation.path), anchor)
  const node = el('article', 'glass data card operation', head, el('p', 'summary', ...inline(operation.summary)))
  node.id = operation.operationId
  if (operation.description) node.append(...prose(operation.description))
  node.append(...inputs(root, operation), responses(root, operation), tryIt(root, operation), el('p', 'small dim', operation.also))
  return node
}

function draw(root) {
  const operations = operationsOf(root)
  document.getElementById('version').textContent = root.info.version === '0' ? '' : root.info.version
  document.getElementById('index').replaceChildren(...index(root, operations))
  const groups = root.tags.map(({ name, description }) => el('section', 'group', el('h2', '', name), el('p', 'sub', description),
    ...operations.filter(one => one.tags[0] === name).map(one => card(root, one))))
  const main = document.getElementById('main')
  main.replaceChildren(introduction(root), ...groups)
  main.removeAttribute('aria-busy')
  document.getElementById(location.hash.slice(1))?.scrollIntoView()
}

const theme = new Theme({ signal: new AbortController().signal, onchange: () => {} })
document.getElementById('theme').addEventListener('click', () => theme.cycle())
const document_ = await fetch('openapi.json', { credentials: 'same-origin' })
draw(await document_.json())
