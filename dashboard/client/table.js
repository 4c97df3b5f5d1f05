// The live table: newest first, rows recycled, selection by id, and never moving under a reader.
import { el } from './dom.js'
import { fillRow, ID, makeRow } from './rows.js'
import { Scroller } from './scroller.js'

const SPARE_ROWS = 4
const FLASH_AT_MOST = 5
const AT_TOP_PX = 4
const DEFAULT_ROW_PX = 32

export class EventTable {
  /** Events are arrays in the order of `COLUMNS`, oldest first. `onhold` gets what waits, `onselect` what was chosen. */
  constructor(root, { cap = 1000, signal, onselect, onhold, onpaint = () => {} }) {
    Object.assign(this, { root, cap, onselect, onhold, onpaint })
    Object.assign(this, { rows: [], pool: [], fresh: new Set(), selected: null })
    Object.assign(this, {
      paused: false,
      hovered: false,
      following: false,
      scheduled: false,
      rowHeight: DEFAULT_ROW_PX,
    })
    this.forgetHeld()
    this.space = el('div', 'ev-space')
    this.space.setAttribute('role', 'rowgroup')
    root.setAttribute('aria-colcount', '6')
    root.append(this.space)
    this.scroller = new Scroller(root, root.firstElementChild, this.space, { signal, onscroll: () => this.scrolled() })
    this.listen(signal)
    this.observe(signal)
  }

  listen(signal) {
    this.root.addEventListener('pointermove', event => this.hover(event), { signal, passive: true })
    this.root.addEventListener('pointerleave', () => this.leave(), { signal, passive: true })
    this.root.addEventListener('keydown', event => this.key(event), { signal })
    this.space.addEventListener(
      'click',
      event => {
        const node = event.target.closest('[role=row]')
        const row = this.pool.find(candidate => candidate.node === node)
        if (row) this.choose(row.id, true)
      },
      { signal },
    )
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

  get holding() {
    const reading = this.hovered || this.selected !== null
    return this.paused || this.scroller.top > AT_TOP_PX || (reading && !this.following)
  }

  forgetHeld() {
    this.held = []
    this.heldCount = 0
    this.heldSince = null
    this.passedBefore = this.passed ?? null
  }

  push(events) {
    if (!events.length) return
    if (!this.holding) return this.append(events)
    this.held.push(...events)
    this.held.splice(0, this.held.length - this.cap)
    this.heldCount += events.length
    this.tellHeld()
  }

  /** How many events passed the filter since the page was opened: exact where rows arrive thinned out. */
  setPassed(passed) {
    this.passed = passed
    if (!this.held.length) this.passedBefore = passed
    else this.tellHeld()
  }

  tellHeld() {
    this.heldSince ??= Date.now()
    const exact = this.passedBefore === null || this.passed === null ? 0 : this.passed - this.passedBefore
    this.onhold({ count: Math.max(this.heldCount, exact || 0), since: this.heldSince })
  }

  release() {
    if (this.holding || !this.held.length) return
    const held = this.held
    this.forgetHeld()
    this.append(held)
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

  scrolled() {
    this.scroller.measure()
    this.repaint()
    this.release()
  }

  append(events) {
    this.fresh = new Set(events.length <= FLASH_AT_MOST ? events.map(event => event[ID]) : [])
    this.rows.push(...events)
    this.rows.splice(0, this.rows.length - this.cap)
    this.repaint()
  }

  /** All rows anew. What the reader looks at stays where it is, if it is still there. */
  replace(events) {
    const anchor = this.anchor()
    this.rows = events.slice(-this.cap)
    this.fresh.clear()
    this.forgetHeld()
    this.onhold({ count: 0, since: null })
    this.resize()
    if (anchor) this.scroller.by(this.positionOf(anchor.id) * this.rowHeight - anchor.y)
    this.repaint()
  }

  anchor() {
    this.scroller.measure()
    if (this.scroller.top <= AT_TOP_PX) return null
    const position = Math.floor(this.scroller.top / this.rowHeight)
    const id = this.at(position)?.[ID]
    return id === undefined ? null : { id, y: position * this.rowHeight }
  }

  get newestId() {
    return (this.held.at(-1) ?? this.rows.at(-1))?.[ID]
  }

  at(position) {
    return this.rows[this.rows.length - 1 - position]
  }

  positionOf(id) {
    const index = this.rows.findLastIndex(event => event[ID] === id)
    return index < 0 ? -1 : this.rows.length - 1 - index
  }

  get selectedEvent() {
    return this.selected === null ? undefined : this.at(this.positionOf(this.selected))
  }

  /** `id` or null, from outside: tells nobody. */
  select(id) {
    this.selected = id
    this.following = false
    this.repaint()
    this.release()
  }

  choose(id, open) {
    this.select(id)
    this.onselect(id, open)
  }

  /** One row on (1, older) or back (-1, newer), or to an absolute position. */
  step(by, open = false) {
    this.go(this.positionOf(this.selected) + by, open)
  }

  go(position, open = false) {
    if (!this.rows.length) return
    const target = Math.min(this.rows.length - 1, Math.max(0, position))
    this.scroller.reveal(target * this.rowHeight, (target + 1) * this.rowHeight)
    this.choose(this.at(target)[ID], open)
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
      End: () => this.go(this.rows.length - 1),
      Enter: () => this.selected !== null && this.onselect(this.selected, true),
    }
    if (!Object.hasOwn(moves, event.key)) return
    event.preventDefault()
    moves[event.key]()
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
    const first = Math.max(0, Math.floor(top / this.rowHeight) - SPARE_ROWS)
    const last = Math.min(this.rows.length, Math.ceil((top + height) / this.rowHeight) + SPARE_ROWS)
    this.show(first, last)
    this.tellActive()
    this.onpaint(this.rows.length)
  }

  resize() {
    const height = `${this.rows.length * this.rowHeight}px`
    if (this.space.style.height === height) return
    this.space.style.height = height
    this.root.setAttribute('aria-rowcount', String(this.rows.length + 1))
  }

  /** A row that shows a wanted event already only moves; the others take what is new. */
  show(first, last) {
    const wanted = new Map()
    for (let position = first; position < last; position++) wanted.set(this.at(position)[ID], position)
    const free = []
    for (const row of this.pool) {
      if (!wanted.has(row.id)) free.push(row)
      else {
        this.put(row, wanted.get(row.id))
        wanted.delete(row.id)
      }
    }
    for (const position of wanted.values()) this.refill(free.pop() ?? this.addRow(), position)
    for (const row of free) {
      row.id = null
      row.node.hidden = true
    }
  }

  addRow() {
    const row = makeRow()
    this.pool.push(row)
    this.space.append(row.node)
    return row
  }

  refill(row, position) {
    const event = this.at(position)
    fillRow(row, event)
    row.node.hidden = false
    row.node.classList.toggle('new', this.fresh.delete(event[ID]))
    this.put(row, position)
  }

  put(row, position) {
    const y = position * this.rowHeight
    const selected = row.id === this.selected
    if (row.y !== y) row.node.style.transform = `translateY(${y}px)`
    if (row.index !== position) row.node.setAttribute('aria-rowindex', String(position + 2))
    if (row.selected !== selected) row.node.setAttribute('aria-selected', String(selected))
    Object.assign(row, { y, index: position, selected })
  }

  tellActive() {
    const shown = this.selected !== null && this.pool.some(row => row.id === this.selected)
    if (shown) this.root.setAttribute('aria-activedescendant', `ev-${this.selected}`)
    else this.root.removeAttribute('aria-activedescendant')
  }
}
