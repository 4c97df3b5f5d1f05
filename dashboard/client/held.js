// What came while the table stood still for its reader: the newest of it, and how much it was.
import { COUNT, isBreak } from './breaks.js'
import { ID } from './rows.js'

const sizeOf = items => items.reduce((sum, item) => sum + (isBreak(item) ? (item[COUNT] ?? 0) : 1), 0)

export class Held {
  constructor(cap) {
    Object.assign(this, { cap, given: 0, missing: null, uncounted: 0 })
    this.clear()
  }

  get length() {
    return this.items.length
  }

  get newestId() {
    return this.items.findLast(item => !isBreak(item))?.[ID]
  }

  /** Rows came: so much of all that passed. */
  pass(items) {
    this.given += sizeOf(items)
  }

  add(items) {
    this.items.push(...items)
    this.items.splice(0, this.items.length - this.cap)
    this.seen += sizeOf(items)
    this.pass(items)
    this.since ??= Date.now()
  }

  /** How many events passed since the page was opened, the last rows included: exact but for what was `uncounted`. */
  note(passed, uncounted = 0) {
    Object.assign(this, { missing: passed === null ? null : passed - this.given, uncounted })
    if (!this.items.length) this.begin()
  }

  begin() {
    this.base = this.missing
    this.baseUncounted = this.uncounted
  }

  /** Another session counts from nothing again. */
  restart() {
    const { count, isLeast } = this.told
    if (this.items.length) this.seen = count
    Object.assign(this, { given: 0, missing: 0, base: 0, uncounted: 0, baseUncounted: isLeast ? -1 : 0 })
  }

  clear() {
    Object.assign(this, { items: [], seen: 0, since: null })
    this.begin()
  }

  get told() {
    const unseen = this.base === null || this.missing === null ? 0 : this.missing - this.base
    return {
      count: this.seen + Math.max(0, unseen),
      since: this.since,
      isLeast: this.uncounted !== this.baseUncounted,
    }
  }

  take() {
    const { items } = this
    this.clear()
    return items
  }
}
