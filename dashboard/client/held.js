// What came while the table stood still for its reader: the newest of it, and how much it was.
import { COUNT, isBreak } from './breaks.js'
import { ID } from './rows.js'

const sizeOf = item => (isBreak(item) ? (item[COUNT] ?? 0) : 1)

export class Held {
  constructor(cap) {
    Object.assign(this, { cap, passed: null, uncounted: 0 })
    this.clear()
  }

  get length() {
    return this.items.length
  }

  get newestId() {
    return this.items.findLast(item => !isBreak(item))?.[ID]
  }

  add(items) {
    this.items.push(...items)
    this.items.splice(0, this.items.length - this.cap)
    this.seen += items.reduce((sum, item) => sum + sizeOf(item), 0)
    this.since ??= Date.now()
  }

  /** How many events passed since the page was opened: exact where rows are left out, but for what was `uncounted`. */
  note(passed, uncounted = 0) {
    Object.assign(this, { passed, uncounted })
    if (!this.items.length) this.begin()
  }

  begin() {
    this.base = this.passed
    this.baseUncounted = this.uncounted
  }

  /** Another session counts from nothing again. */
  restart() {
    if (this.items.length) this.seen = this.told.count
    Object.assign(this, { carried: this.items.length ? this.seen : 0, passed: null, base: 0 })
    Object.assign(this, { uncounted: 0, baseUncounted: this.told.isLeast ? -1 : 0 })
  }

  clear() {
    Object.assign(this, { items: [], seen: 0, carried: 0, since: null })
    this.begin()
  }

  get told() {
    const exact = this.base === null || this.passed === null ? 0 : this.carried + this.passed - this.base
    return {
      count: Math.max(this.seen, exact || 0),
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
