// The live table: newest first, rows recycled, selection by id, and never moving under a reader.
import { isBreak } from './breaks.js'
import { el } from './dom.js'
import { Held } from './held.js'
import { Past } from './past.js'
import { Pool } from './pool.js'
import { following, hasSteppedBack, RowList } from './rowlist.js'
import { ID } from './rows.js'
import { Scroller } from './scroller.js'

const SPARE_ROWS = 4
const FLASH_AT_MOST = 5
const AT_TOP_PX = 4
const DEFAULT_ROW_PX = 32

/** Out of a range of time rows leave by their timestamps, so that one that is not there may well be retained. */
const isWindow = view => view.includes('"time_range"')

export class EventTable {
  /**
   * Events are arrays in the order of `COLUMNS`, oldest first. `onhold` gets what waits, `onselect` what was chosen, `onolder` a
   * question for what lies further back.
   */
  constructor(root, { cap = 1000, signal, onselect, onhold, onpaint = () => {}, onolder = () => {} }) {
    Object.assign(this, { root, onselect, onhold, onpaint })
    Object.assign(this, { fresh: new Set(), selected: null, wanted: null, list: new RowList(cap), held: new Held(cap) })
    Object.assign(this, { paused: false, hovered: false, focused: false, following: false, scheduled: false })
    this.rowHeight = DEFAULT_ROW_PX
    this.past = new Past(this.list, {
      ask: onolder,
      onfill: (item, older, rest) => this.fill(item, older, rest),
      onfound: (id, rows) => this.found(id, rows),
      onchange: () => this.repaint(),
    })
    this.space = el('div', 'ev-space')
    this.space.setAttribute('role', 'rowgroup')
    root.setAttribute('aria-colcount', '6')
    root.append(this.space)
    this.pool = new Pool(this.space, { stateOf: item => this.past.stateOf(item), onact: id => this.past.act(id) })
    this.scroller = new Scroller(root, root.firstElementChild, this.space, { signal, onscroll: () => this.scrolled() })
    this.listen(signal)
    this.observe(signal)
  }

  listen(signal) {
    const on = (node, type, handler, options = {}) => node.addEventListener(type, handler, { signal, ...options })
    on(this.root, 'pointermove', event => this.hover(event), { passive: true })
    on(this.root, 'pointerleave', () => this.leave(), { passive: true })
    on(this.root, 'focus', () => this.focus(this.root.matches(':focus-visible')))
    on(this.root, 'blur', () => this.focus(false))
    on(this.root, 'keydown', event => this.key(event))
    on(this.space, 'click', event => {
      const row = this.pool.rowOf(event.target.closest('[role=row]'))
      if (row && !row.isBreak) this.choose(row.id, true)
    })
  }

  observe(signal) {
    const observer = new ResizeObserver(() => {
      this.rowHeight = parseFloat(getComputedStyle(this.root).getPropertyValue('--row')) || DEFAULT_ROW_PX
      this.repaint()
    })
    observer.observe(this.root)
    signal.addEventListener('abort', () => {
      observer.disconnect()
      this.space.remove()
    })
  }

  get rows() {
    return this.list.items
  }

  /** How many places the rows take: below the oldest stands what is known of those before it. */
  get places() {
    return this.list.length + Number(this.hasEnd)
  }

  get hasEnd() {
    return this.past.view !== null
  }

  get holding() {
    const isReading = this.hovered || this.focused || this.selected !== null
    return this.paused || this.scroller.top > AT_TOP_PX || (isReading && !this.following)
  }

  push(items) {
    if (!items.length) return
    if (!this.holding) {
      this.held.pass(items)
      return this.append(items)
    }
    this.held.add(items)
    this.tellHeld()
  }

  /** Rows of the filter `view`: others than before, or the same anew, of which only what is new is taken. */
  take(items, view) {
    const isSame = view !== undefined && view === this.past.view
    this.past.view = view ?? null
    const { newestId } = this
    if (isSame && hasSteppedBack(items, newestId)) this.replace(items, newestId)
    else if (isSame) this.push(following(items, newestId))
    else this.replace(items)
    if (this.wanted !== null) this.reveal(this.wanted)
  }

  /** Bring an event into sight, loading what is around it where it is not among the rows. */
  reveal(id) {
    this.wanted = id
    if (this.positionOf(id) >= 0) this.found(id, [])
    else if (this.past.view !== null) this.past.find(id)
  }

  found(id, rows) {
    this.wanted = null
    if (rows.length) {
      this.list.join(rows, id)
      this.past.trimmed()
    }
    if (!this.list.length) return
    this.resize()
    const middle = (this.list.placeOf(id) + 0.5) * this.rowHeight
    this.scroller.center(middle)
    this.repaint()
  }

  /** How many events passed the filter since the page was opened: exact where rows arrive thinned out. */
  setPassed(passed, uncounted) {
    this.held.note(passed, uncounted)
    if (this.held.length) this.tellHeld()
  }

  tellHeld() {
    this.onhold(this.held.told)
  }

  release() {
    if (this.holding || !this.held.length) return
    this.append(this.held.take())
    this.onhold({ count: 0, since: null })
  }

  /** The reader asked for what is new: it is shown, and followed until the next sign of reading. */
  catchUp() {
    this.paused = false
    this.following = true
    this.scroller.measure()
    if (this.scroller.top > 0) this.scroller.by(-this.scroller.top)
    this.scroller.top = 0
    this.release()
    this.trim()
  }

  setPaused(paused) {
    this.paused = paused
    this.release()
  }

  hover(event) {
    if (event.pointerType !== 'mouse') return
    // Chromium sends a move when the page moves below a resting pointer; only a moved hand is a reader.
    if (event.movementX === 0 && event.movementY === 0) return
    this.hovered = true
    this.following = false
  }

  leave() {
    this.hovered = false
    this.release()
  }

  /** Have the keys, without a sign of reading. */
  enterLive() {
    const { holding } = this
    this.root.focus({ preventScroll: true })
    this.following = !holding
  }

  /** Who came to the grid by keyboard reads it. */
  focus(focused) {
    this.focused = focused
    if (focused) this.following = false
    else this.release()
  }

  scrolled() {
    this.scroller.measure()
    this.repaint()
    this.release()
  }

  append(items) {
    this.fresh = new Set(items.length <= FLASH_AT_MOST ? items.map(item => item[ID]) : [])
    if (this.list.append(items)) this.past.trimmed()
    this.repaint()
  }

  /** Rows that a reader had scrolled back to are let go of once he is back at the newest. */
  trim() {
    if (this.list.append([])) this.past.trimmed()
    this.repaint()
  }

  /** All rows anew. What the reader looks at stays where it is, if it is still there; what is `gone` with them is a gap. */
  replace(items, gone) {
    const anchor = this.anchor()
    if (gone === undefined || isWindow(this.past.view)) this.list.replace(items)
    else this.list.stepBack(items, gone)
    this.past.forget()
    this.fresh.clear()
    this.held.clear()
    this.onhold({ count: 0, since: null })
    this.resize()
    if (anchor) this.scroller.by(this.list.positionOf(anchor.id) * this.rowHeight - anchor.y)
    this.repaint()
  }

  /** What was loaded takes the place of a break; nothing in sight moves but what lies below it. */
  fill(item, older, rest) {
    const position = this.list.positionOf(item[ID])
    const before = this.list.length
    this.scroller.measure()
    const isAbove = (position + 1) * this.rowHeight <= this.scroller.top
    this.list.fill(item, older, rest)
    if (this.selected === item[ID]) this.selected = (older.at(-1) ?? rest.at(-1) ?? this.list.at(position))[ID]
    this.resize()
    if (isAbove) this.scroller.by((this.list.length - before) * this.rowHeight)
    this.repaint()
  }

  anchor() {
    this.scroller.measure()
    if (this.scroller.top <= AT_TOP_PX) return null
    const position = Math.floor(this.scroller.top / this.rowHeight)
    const id = this.list.at(position)?.[ID]
    return id === undefined ? null : { id, y: position * this.rowHeight }
  }

  get newestId() {
    return this.held.newestId ?? this.list.newestId
  }

  positionOf(id) {
    return id === null ? -1 : this.list.positionOf(id)
  }

  /** The event that is selected, if it is among the rows. */
  get selectedEvent() {
    const item = this.list.at(this.positionOf(this.selected))
    return item && !isBreak(item) ? item : undefined
  }

  /** `id` or null, from outside: tells nobody. */
  select(id) {
    this.selected = id
    // Who lets go of an event has read it.
    this.following = id === null && !this.hovered
    this.repaint()
    this.release()
  }

  choose(id, open) {
    this.select(id)
    this.onselect(id, open)
  }

  /** One row on (1, older) or back (-1, newer); with `open` from event to event. */
  step(by, open = false) {
    let position = this.positionOf(this.selected) + by
    while (open && position > 0 && position < this.list.length && isBreak(this.list.at(position))) position += by
    this.go(open ? Math.min(position, this.list.length - 1) : position, open)
  }

  go(position, open = false) {
    if (!this.places) return
    const target = Math.min(this.places - 1, Math.max(0, position))
    const item = this.list.at(target)
    this.scroller.reveal(target * this.rowHeight, (target + 1) * this.rowHeight)
    if (isBreak(item)) this.select(item[ID])
    else this.choose(item[ID], open)
  }

  /** Open the event that is selected, or load what a break stands for. Returns whether there was anything. */
  enter() {
    const item = this.list.at(this.positionOf(this.selected))
    if (item && isBreak(item)) this.past.act(item[ID])
    else if (this.selected !== null) this.onselect(this.selected, true)
    return this.selected !== null
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.root) return
    const page = Math.max(1, Math.floor(this.scroller.height / this.rowHeight) - 1)
    const moves = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      PageDown: () => this.step(page),
      PageUp: () => this.step(-page),
      Home: () => this.go(0),
      End: () => this.go(this.list.length - 1),
      Enter: () => this.enter(),
    }
    if (!Object.hasOwn(moves, event.key)) return
    event.preventDefault()
    moves[event.key]()
  }

  /** The zone of the times is another now. */
  retell() {
    this.pool.forget()
    this.repaint()
  }

  repaint() {
    if (this.scheduled) return
    this.scheduled = true
    requestAnimationFrame(() => {
      this.scheduled = false
      this.paint()
    })
  }

  paint() {
    this.resize()
    this.scroller.measure()
    const { top, height } = this.scroller
    const first = Math.max(0, Math.floor(top / this.rowHeight))
    const last = Math.min(this.places, Math.ceil((top + height) / this.rowHeight))
    this.show(Math.max(0, first - SPARE_ROWS), Math.min(this.places, last + SPARE_ROWS))
    this.tellActive()
    this.onpaint(this.list.events)
    this.past.look(first, last, this.holding)
  }

  resize() {
    const height = `${this.places * this.rowHeight}px`
    // While older ones may come, nobody knows how many rows there are.
    const count = this.hasEnd && this.past.isOpen ? -1 : this.places + 1
    if (this.space.style.height !== height) this.space.style.height = height
    if (this.rowCount !== count) this.root.setAttribute('aria-rowcount', String(count))
    this.rowCount = count
  }

  show(first, last) {
    const wanted = []
    for (let position = first; position < last; position++) wanted.push([position, this.list.at(position)])
    this.pool.show(wanted, this)
  }

  tellActive() {
    const shown = this.selected !== null && this.pool.shows(this.selected)
    if (shown) this.root.setAttribute('aria-activedescendant', `ev-${this.selected}`)
    else this.root.removeAttribute('aria-activedescendant')
  }
}
