// The few rows that are really there, filled again and again with what is in sight.
import { fillBreak, isBreak, makeBreakRow } from './breaks.js'
import { fillRow, ID, makeRow } from './rows.js'

export class Pool {
  /** `stateOf` tells how far a break is loaded; `onact` gets the id of one whose button was pressed. */
  constructor(space, { stateOf, onact }) {
    Object.assign(this, { space, stateOf, onact, rows: [], isStale: false })
  }

  /** What the rows say is to be written anew, each where it is. */
  forget() {
    this.isStale = true
  }

  rowOf(node) {
    return this.rows.find(row => row.node === node)
  }

  shows(id) {
    return this.rows.some(row => row.id === id)
  }

  /** `wanted` is what is in sight, [position, item] each. A row that shows it already only moves; the others take what is new. */
  show(wanted, { rowHeight, selected, fresh }) {
    const missing = new Map(wanted.map(([position, item]) => [item[ID], [position, item]]))
    const free = []
    for (const row of this.rows) {
      const place = row.id === null ? undefined : missing.get(row.id)
      if (place) {
        missing.delete(row.id)
        if (row.isBreak) fillBreak(row, place[1], this.stateOf(place[1]))
        else if (this.isStale) fillRow(row, place[1])
        this.put(row, place[0], rowHeight, selected)
      } else free.push(row)
    }
    for (const [position, item] of missing.values()) {
      const row = this.take(free, isBreak(item))
      this.fill(row, item, fresh)
      this.put(row, position, rowHeight, selected)
    }
    this.isStale = false
    for (const row of free) {
      row.id = null
      row.node.hidden = true
    }
  }

  take(free, forBreak) {
    const index = free.findLastIndex(row => Boolean(row.isBreak) === forBreak)
    if (index >= 0) return free.splice(index, 1)[0]
    const row = forBreak ? makeBreakRow(this.onact) : makeRow()
    this.rows.push(row)
    this.space.append(row.node)
    return row
  }

  fill(row, item, fresh) {
    if (row.isBreak) fillBreak(row, item, this.stateOf(item))
    else fillRow(row, item)
    row.node.hidden = false
    row.node.classList.toggle('new', fresh.delete(item[ID]))
  }

  put(row, position, rowHeight, chosen) {
    const y = position * rowHeight
    const selected = row.id === chosen
    if (row.y !== y) row.node.style.transform = `translateY(${y}px)`
    if (row.index !== position) row.node.setAttribute('aria-rowindex', String(position + 2))
    if (row.selected !== selected) mark(row, selected)
    Object.assign(row, { y, index: position, selected })
  }
}

/** A break can be where the reader is, but is nothing to select. */
function mark(row, selected) {
  if (row.isBreak) row.node.classList.toggle('here', selected)
  else row.node.setAttribute('aria-selected', String(selected))
}
