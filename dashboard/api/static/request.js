// A request as it was filled in: its address, its curl command, and what the server answers.
import { shellQuoted } from '../../client/clipboard.js'

/** `fields` are `{name, where, value}`; an empty value is left out, a list has its values in lines. */
export function addressOf(path, fields, base) {
  let filled = path
  for (const { name, where, value } of fields) {
    if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value || name))
  }
  const url = new URL(filled.replace(/^\//, ''), base)
  for (const { name, where, value, isList } of fields) {
    if (where !== 'query') continue
    const values = isList ? value.split(/[\n,]/).map(one => one.trim()) : [value]
    for (const one of values) if (one) url.searchParams.append(name, one)
  }
  return url
}

export function headersOf(fields, contentType) {
  const headers = fields.filter(({ where, value }) => where === 'header' && value).map(({ name, value }) => [name, value])
  return contentType ? [['Content-Type', contentType], ...headers] : headers
}

export function curlOf(method, url, headers, body) {
  const parts = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${shellQuoted(url.href)}`]
  for (const [name, value] of headers) parts.push(`-H ${shellQuoted(`${name}: ${value}`)}`)
  if (body) parts.push(`-d ${shellQuoted(body)}`)
  return parts.join(' \\\n  ')
}

/** Sends it; resolves to `{status, ms, headers, text}`, with status 0 where nothing came back. */
export async function send(method, url, headers, body) {
  const began = performance.now()
  try {
    const answer = await fetch(url, { method, headers, body: body || undefined, credentials: 'same-origin' })
    const text = await answer.text()
    return { status: answer.status, ms: performance.now() - began, headers: [...answer.headers], text }
  } catch (error) {
    return { status: 0, ms: performance.now() - began, headers: [], text: String(error) }
  }
}
