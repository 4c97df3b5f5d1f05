// What an event looks like outside the page: JSON, a curl command, a link.
import { parse, pretty } from './json.js'

export const shellQuoted = text => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The event as JSON, its data in the very text in which it came. */
export function eventJson(event, { withId = true } = {}) {
  const { id, data, ...rest } = event
  const fields = { ...(withId ? { id } : {}), ...rest }
  const parts = Object.entries(fields).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return pretty(parse(`{${[...parts, `"data": ${data || '{}'}`].join(', ')}}`))
}

export function curlCommand(event, base = document.baseURI) {
  const json = eventJson(event, { withId: false })
  const url = new URL('api/events', base).href
  return `curl -X POST ${shellQuoted(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shellQuoted(json)}`
}

export function eventLink(id, href = location.href) {
  const url = new URL(href)
  url.searchParams.set('event', id)
  url.searchParams.delete('token')
  return url.href
}

/** Resolves to whether it worked: without HTTPS only the old way is there. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text) {
  const area = document.createElement('textarea')
  area.className = 'sr'
  area.value = text
  document.body.append(area)
  area.select()
  const worked = document.execCommand?.('copy') ?? false
  area.remove()
  return worked
}
