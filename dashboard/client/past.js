// Loads what lies further back, where the reader comes near it: one question at a time, and none that nobody waits for.
import { AFTER, BEFORE, COUNT, isBreak, KIND } from './breaks.js'
import { ID } from './rows.js'
import { MOST_OLDER } from './rowlist.js'

/** Rows beyond the visible ones that are loaded before they are reached. */
const NEAR = 30

/** After so many answers without a row the reader is asked whether to go on. */
const PATIENCE = 8

const IDLE = { state: 'idle' }

export class Past {
  /**
   * `ask` is given a question, `onfill` a break and what an answer puts in its place, `onfound` an
   * id and the rows around it, `onchange` is told of every step.
   */
  constructor(list, { ask, onfill, onfound, onchange }) {
    Object.assign(this, { list, ask, onfill, onfound, onchange, view: null, number: 0 })
    this.forget()
  }

  /** The rows are others now: an answer to an earlier question means nothing. */
  forget() {
    Object.assign(this, { asked: null, states: new Map() })
  }

  /** A lost connection answers nothing. */
  interrupt() {
    if (this.asked?.item) this.states.delete(this.asked.item[ID])
    this.asked = null
  }

  /** The oldest rows had to leave: there is more to load again. */
  trimmed() {
    this.interrupt()
    this.states.delete(this.list.end[ID])
  }

  stateOf(item) {
    const known = this.states.get(item[ID]) ?? IDLE
    const facts = item[KIND] === 'end' && this.list.isFull && known.state !== 'end' ? { state: 'full' } : known
    return { ...facts, most: MOST_OLDER, isFiltered: this.view !== '{}' }
  }

  /** Whether older events may still come. */
  get isOpen() {
    return this.states.get(this.list.end[ID])?.state !== 'end'
  }

  /** What is from `first` to `last` is on the screen, and filling it would move what the reader looks at. */
  look(first, last, isReading) {
    if (this.asked || this.view === null) return
    const { list } = this
    if (list.length <= last + NEAR && this.isDue(list.end)) return this.load(list.end)
    if (!list.breaks) return
    const places = isReading ? around(first, last) : [...within(first, last), ...around(first, last)]
    // What a reader passes by is loaded; without one only what nobody has looked at yet.
    const wants = item => item && item[KIND] === 'unread' && isBreak(item) && (isReading || item[COUNT] === null)
    const item = places.map(position => list.at(position)).find(each => wants(each) && this.isDue(each))
    if (item) this.load(item)
  }

  isDue(item) {
    return this.stateOf(item).state === 'idle'
  }

  /** The reader asked for it. */
  act(id) {
    const item = this.list.at(this.list.positionOf(id))
    // It may have been loaded since the frame in which it was pressed.
    if (!item) return
    const waits = ['idle', 'more', 'failed'].includes(this.stateOf(item).state)
    if (!this.asked && waits && item[KIND] !== 'gap') this.load(item, this.states.get(id)?.backTo)
  }

  load(item, backTo, tries = 0) {
    this.number += 1
    this.asked = { n: this.number, item, tries }
    const oldest = this.list.items.find(each => !isBreak(each))?.[ID]
    const before = backTo ?? (item[KIND] === 'end' ? oldest : item[BEFORE])
    this.set(item, backTo ? { state: 'searching', backTo } : { state: 'loading' })
    this.ask({ n: this.number, before: before ?? null, after: item[AFTER] })
  }

  /** The rows around an event, wherever it is. */
  find(id) {
    this.interrupt()
    this.number += 1
    this.asked = { n: this.number, around: id }
    this.ask({ n: this.number, around: id })
  }

  set(item, state) {
    this.states.set(item[ID], state)
    this.onchange()
  }

  take(answer) {
    const { asked } = this
    if (!asked || answer?.n !== asked.n || answer.view !== this.view) return
    this.asked = null
    if (asked.around) return this.onfound(asked.around, answer.error ? [] : JSON.parse(answer.rows))
    if (this.list.positionOf(asked.item[ID]) < 0) return
    if (answer.error) return this.set(asked.item, { ...this.states.get(asked.item[ID]), ...failed(answer) })
    const rows = JSON.parse(answer.rows)
    const rest = this.list.left(asked.item, rows, answer)
    this.settle(asked.item, rows, answer)
    if (rows.length || answer.whole) this.onfill(asked.item, rows, rest)
    else this.goOn(asked, answer.back_to)
    this.onchange()
  }

  settle(item, rows, { whole, last }) {
    this.states.delete(item[ID])
    if (item[KIND] !== 'end') return
    if (last) this.states.set(item[ID], { state: 'end' })
    if (whole) item[AFTER] = null
  }

  goOn({ item, tries }, backTo) {
    if (tries + 1 < PATIENCE) this.load(item, backTo, tries + 1)
    else this.set(item, { state: 'more', backTo })
  }
}

const within = (first, last) => Array.from({ length: last - first }, (_, index) => first + index)

/** Places out of sight, the nearest first. */
function around(first, last) {
  const places = []
  for (let away = 0; away < NEAR; away++) places.push(last + away, first - 1 - away)
  return places.filter(place => place >= 0)
}

const failed = ({ error }) => ({ state: 'failed', reason: error })

