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

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A range with its ends fixed: one that counts back ends `until`, and so does all of time where `isStill`. */
export function fixedRange(range, until, isStill) {
  const [, number, unit] = /^([\d.]+)\s*([smhd])$/.exec(range ?? '') ?? []
  const at = ms => new Date(ms).toISOString()
  if (number) return { start: at(until - number * UNIT_MS[unit]), end: at(until) }
  return isStill && (!range || range === 'all') ? { end: at(until) } : null
}

/** The address by which another sees this view: its range fixed, where it is paused what came since left out, the event in it. */
export function viewLink({ selected = null, pausedAt = null, newest = 0 }, href = location.href) {
  const url = new URL(href)
  // A clock that is behind would leave out what is on the screen.
  const range = fixedRange(
    url.searchParams.get('time_range'),
    pausedAt ?? Math.max(Date.now(), newest),
    pausedAt !== null,
  )
  if (range) url.searchParams.set('time_range', JSON.stringify(range))
  if (selected !== null) url.searchParams.set('event', selected)
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
