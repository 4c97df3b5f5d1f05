// The rows in the order of the log, oldest first: events, and breaks where some between them are missing.
import { AFTER, BEFORE, compareIds, COUNT, isBreak, KIND, makeBreak, makeEnd } from './breaks.js'
import { ID } from './rows.js'

/** How many rows beyond the newest a reader may scroll back to. */
export const MOST_OLDER = 10_000

/** What of `items` follows the event `newest`; where that is not known to be next to it, a break comes first. */
export function following(items, newest) {
  if (newest === undefined) return items
  const index = items.findLastIndex(item => item[ID] === newest)
  if (index >= 0) return items.slice(index + 1)
  const events = items.filter(item => !isBreak(item))
  if (!events.length) return []
  return [makeBreak('unread', newest, events[0][ID]), ...items]
}

/** Whether `items` reach further back than the event `newest` and do not have it: ids have stepped back, as in a restored backup. */
export function hasSteppedBack(items, newest) {
  const oldest = items.find(item => !isBreak(item))
  return oldest !== undefined && newest !== undefined && compareIds(oldest[ID], newest) < 0 && !items.some(item => item[ID] === newest)
}

/** What is gone where ids have stepped back: all from the last of `items` before `newest` to the first after it. */
function goneFrom(items, newest) {
  const isOlder = item => !isBreak(item) && compareIds(item[ID], newest) < 0
  const index = items.findLastIndex(isOlder) + 1
  const above = items.slice(index).find(item => !isBreak(item))
  return [index, makeBreak('gap', items[index - 1][ID], above?.[ID] ?? newest)]
}

const isBetween = ([id], below, above) =>
  (!below || compareIds(id, below[ID]) > 0) && (!above || compareIds(id, above[ID]) < 0)

function leftOfBreak(after, above, number, { last, missed }) {
  const isLost = last && missed !== 0 && number !== 0
  return isLost ? [makeBreak('gap', after, above, number ?? missed)] : []
}

export class RowList {
  constructor(cap) {
    Object.assign(this, { cap, items: [], events: 0, end: makeEnd(), doubted: null })
  }

  get length() {
    return this.items.length
  }

  /** Whether there are rows that only scrolling back has brought. */
  get isDeep() {
    return this.items.length > this.cap
  }

  get isFull() {
    return this.items.length >= this.cap + MOST_OLDER
  }

  /** By its place on the screen, 0 on top; below the oldest row stands the end. */
  at(position) {
    return position === this.items.length ? this.end : this.items[this.items.length - 1 - position]
  }

  positionOf(id) {
    if (id === this.end[ID]) return this.items.length
    const index = this.items.findLastIndex(item => item[ID] === id)
    return index < 0 ? -1 : this.items.length - 1 - index
  }

  get newestId() {
    return this.items.findLast(item => !isBreak(item))?.[ID]
  }

  get breaks() {
    return this.items.length - this.events
  }

  replace(items) {
    const newest = items.slice(-this.cap)
    this.items = newest.slice(Math.max(0, newest.findIndex(item => !isBreak(item))))
    this.end = makeEnd()
    this.doubted = null
    this.changed()
  }

  /** Begin anew with a log whose ids stepped back behind `newest`, and a gap in the place of what is gone. */
  stepBack(items, newest) {
    const [index, gap] = goneFrom(items, newest)
    this.replace([...items.slice(0, index), gap, ...items.slice(index)])
    // A server that was only behind brings it yet.
    if (gap[BEFORE] === newest) this.doubted = gap
  }

  /** Returns whether the oldest had to leave. */
  append(items) {
    if (this.doubted && items.some(item => item[ID] === this.doubted[BEFORE])) {
      this.items.splice(this.items.indexOf(this.doubted), 1)
      this.doubted = null
    }
    this.items.push(...items)
    const dropped = this.items.splice(0, Math.max(0, this.items.length - this.cap))
    while (dropped.length && isBreak(this.items[0])) dropped.push(this.items.shift())
    // What was not next to each other before is not so when it is loaded again.
    const lost = dropped.findLast(item => isBreak(item) && (item[KIND] === 'gap' || item[COUNT] === null))
    if (lost) this.end[AFTER] = lost[AFTER]
    this.changed()
    return dropped.length > 0
  }

  /** Put `older`, which lie next to the row above it, in the place of a break, and below them what is still missing. */
  fill(item, older, rest) {
    if (item === this.end) this.items.unshift(...rest, ...older)
    else this.items.splice(this.items.indexOf(item), 1, ...rest, ...older)
    this.changed()
  }

  /** Put a run of rows around `id` where it belongs, with breaks where it does not join. */
  join(run, id) {
    const next = this.items.findIndex(item => !isBreak(item) && compareIds(item[ID], id) > 0)
    const to = next < 0 ? this.items.length : next
    let from = to
    while (from > 0 && isBreak(this.items[from - 1])) from -= 1
    const [below, above] = [this.items[from - 1], this.items[to]]
    const inner = run.filter(row => isBetween(row, below, above))
    if (!inner.length || (below && from === to)) return
    if (below && inner[0] === run[0]) inner.unshift(makeBreak('unread', below[ID], inner[0][ID]))
    if (above && inner.at(-1) === run.at(-1)) inner.push(makeBreak('unread', inner.at(-1)[ID], above[ID]))
    this.items.splice(from, to - from, ...inner)
    if (!below) this.end = makeEnd()
    this.changed()
  }

  /** The place of an event, or where it would be. */
  placeOf(id) {
    const index = this.items.findLastIndex(item => !isBreak(item) && compareIds(item[ID], id) <= 0)
    return this.items.length - 1 - Math.max(0, index)
  }

  /** What is left of a break once `older` are loaded and all back to `back_to` has been looked at. */
  left(item, older, answer) {
    const above = older[0]?.[ID] ?? null
    if (item === this.end) return this.leftOfEnd(above ?? this.items[0]?.[ID] ?? answer.back_to, answer)
    const number = item[COUNT] === null ? null : Math.max(0, item[COUNT] - older.length)
    if (answer.whole) return leftOfBreak(item[AFTER], above ?? item[BEFORE], number, answer)
    return [[above === null ? item[ID] : `~${above}`, null, 'unread', item[AFTER], answer.back_to, number || null]]
  }

  leftOfEnd(above, { last, missed }) {
    const after = this.end[AFTER]
    return last && after !== null && missed !== 0 ? [makeBreak('gap', after, above, missed)] : []
  }

  changed() {
    this.events = this.items.reduce((sum, item) => sum + Number(!isBreak(item)), 0)
  }
}
