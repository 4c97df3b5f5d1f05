// The zone in which times are told: UTC, or that of this browser. What is sent, and what an address carries, stays absolute.
const KEY = 'zone'
const MINUTE_MS = 60_000

let isLocal = stored() === 'local'

function stored() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    // Storage may be denied; the choice then lasts as long as the page.
    return null
  }
}

/** Choose between UTC and local time, and keep that for the next visit. */
export function setLocal(local) {
  isLocal = local
  try {
    localStorage.setItem(KEY, local ? 'local' : 'utc')
  } catch {
    // As above.
  }
}

export const toggleZone = () => setLocal(!isLocal)

const offsetMinutes = ms => (isLocal ? -new Date(ms).getTimezoneOffset() : 0)

/** What the clock of the zone shows at an instant, as milliseconds that are to be read as if they were UTC. */
export const wall = ms => ms + offsetMinutes(ms) * MINUTE_MS

/** "UTC", "UTC+2", "UTC−3:30": summer and winter differ, so it is asked for an instant. */
export function zoneName(ms = Date.now()) {
  if (!isLocal) return 'UTC'
  const minutes = offsetMinutes(ms)
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

/** For an input of date and time, which knows no zone. */
export const toInput = iso => new Date(wall(Date.parse(iso))).toISOString().slice(0, 19)

export const fromInput = text => new Date(isLocal ? text : `${text}Z`).toISOString()

/** Say the zone wherever the page names it. */
export function tellZone(root = document) {
  for (const node of root.querySelectorAll('[data-zone]')) node.textContent = zoneName()
}
