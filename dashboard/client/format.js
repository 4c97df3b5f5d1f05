// Numbers and times as text.
import { wall, zoneName } from './zone.js'

const DASH = '–'
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const DAY_MS = 86_400_000

const pad = (number, width = 2) => String(number).padStart(width, '0')

export const isNumber = value => typeof value === 'number' && Number.isFinite(value)

export const count = value => (isNumber(value) ? COUNT.format(value) : DASH)

export const percent = share => (isNumber(share) ? `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %` : DASH)

export function figure(value) {
  if (!isNumber(value)) return DASH
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : count(value)
}

/** Time of day in two parts, so that the milliseconds can be dimmed; another day shows its date instead of them. */
export function clock(ms, now = Date.now()) {
  if (Number.isNaN(new Date(ms).getTime())) return [DASH, '']
  const date = new Date(wall(ms))
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
  if (Math.floor(wall(ms) / DAY_MS) === Math.floor(wall(now) / DAY_MS)) return [time, `.${pad(date.getUTCMilliseconds(), 3)}`]
  return [`${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())} ${time}`, '']
}

export const clockOf = iso => clock(Date.parse(iso))[0]

/** Date and time to the second, without their zone. */
export const dateTime = iso => new Date(wall(Date.parse(iso))).toISOString().slice(0, 19).replace('T', ' ')

export const fullTime = iso => `${dateTime(iso)} ${zoneName(Date.parse(iso))}`

export function duration(ms) {
  if (!isNumber(ms)) return ''
  if (ms < 1000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
  return span(seconds)
}

/** A stretch of time in its two largest units. */
export function span(seconds) {
  if (!isNumber(seconds)) return DASH
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const units = [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]
  const first = units.findIndex(([, size]) => seconds >= size)
  const rest = Math.floor((seconds % units[first][1]) / units[first + 1][1])
  const head = `${Math.floor(seconds / units[first][1])} ${units[first][0]}`
  return rest ? `${head} ${rest} ${units[first + 1][0]}` : head
}

export const ago = seconds => (isNumber(seconds) ? `${span(seconds)} ago` : DASH)

export function bytes(size) {
  if (!isNumber(size)) return ''
  if (size < 1000) return `${size} B`
  return size < 1_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`
}
