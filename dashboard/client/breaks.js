// Rows in the place of events: where some are left out or lost, and the end of what is retained.
import { bdi, button, el, setText } from './dom.js'
import { clock, count } from './format.js'
import { ID, TS } from './rows.js'

/** `[id, null, kind, after, before, count]`, as it also arrives. `kind` is 'unread' where the server may have more, 'gap' where
 * nobody has, 'end' below the oldest row. */
export const [KIND, AFTER, BEFORE, COUNT] = [2, 3, 4, 5]

export const isBreak = item => item[TS] === null

export const makeBreak = (kind, after, before, number = null) => [`~${before}`, null, kind, after, before, number]

export const END = '~end'

export const makeEnd = () => [END, null, 'end', null, null, null]

/** Ids are ordered as pairs of numbers, which may be larger than a number can be here. */
export function compareIds(one, other) {
  const [a, b] = [one, other].map(id => id.split('-'))
  for (let part = 0; part < 2; part++) {
    const order = a[part].length - b[part].length || (a[part] < b[part] ? -1 : Number(a[part] > b[part]))
    if (order) return order
  }
  return 0
}

const timeOf = id => clock(Number.parseInt(id, 10))[0]

const events = number => `${count(number)} event${number === 1 ? '' : 's'}`

const WORDS = {
  unread: {
    idle: item => [item[COUNT] === null ? 'More events here' : `${count(item[COUNT])} more here`, 'Show them'],
    loading: () => ['Loading …'],
    searching: (_, { backTo }) => [`Searched back to ${timeOf(backTo)} …`],
    more: (_, { backTo }) => [`Nothing found back to ${timeOf(backTo)}`, 'Search further'],
    failed: (_, { reason }) => [`Not loaded: ${reason}`, 'Try again'],
  },
  gap: {
    idle: item => [
      item[COUNT] === null ? 'Events are missing here, how many is not known' : `${events(item[COUNT])} not retained`,
      '',
      `${timeOf(item[AFTER])} to ${timeOf(item[BEFORE])}`,
    ],
  },
  end: {
    idle: () => ['Older events', 'Load them'],
    loading: () => ['Loading older events …'],
    searching: (_, { backTo }) => [`Searched back to ${timeOf(backTo)} …`],
    more: (_, { backTo }) => [`Nothing older found back to ${timeOf(backTo)}`, 'Search further'],
    failed: (_, { reason }) => [`Older events cannot be loaded: ${reason}`, 'Try again'],
    full: (_, { most }) => [
      `${count(most)} older rows are loaded, and no more are kept here. A narrower filter or range reaches further back.`,
    ],
    end: (_, { isFiltered }) => [
      isFiltered ? 'No older event that is retained passes the filter' : 'No older event is retained',
    ],
  },
}

/** What a break says: a sentence, the word on its button where it has one, and a time. */
export function wordsOf(item, facts) {
  const [sentence, action = '', time = ''] = WORDS[item[KIND]][facts.state](item, facts)
  return { sentence, action, time }
}

export function makeBreakRow(onact) {
  const parts = { sentence: el('span'), time: el('u') }
  const row = { parts, id: null, index: -1, selected: null, isBreak: true }
  parts.action = button('btn tiny', '', event => {
    event.stopPropagation()
    onact(row.id)
  })
  parts.action.tabIndex = -1
  const cell = el('div', 'ev-cell', parts.sentence, parts.time, parts.action)
  cell.setAttribute('role', 'gridcell')
  cell.setAttribute('aria-colspan', '6')
  row.node = el('div', 'ev-break', cell)
  row.node.setAttribute('role', 'row')
  return row
}

export function fillBreak(row, item, facts) {
  const { sentence, action, time } = wordsOf(item, facts)
  row.id = item[ID]
  row.node.id = `ev-${item[ID]}`
  row.node.dataset.kind = item[KIND]
  row.node.dataset.state = facts.state
  // A reason comes from outside.
  if (row.parts.sentence.textContent !== sentence) row.parts.sentence.replaceChildren(bdi(sentence))
  setText(row.parts.time, time)
  setText(row.parts.action, action)
  row.parts.action.hidden = !action
}
