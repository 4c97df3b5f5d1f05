// Chips: one for each thing that restricts, with an x that lifts it.
import { bdi, button, el, icon } from './dom.js'
import { dateTime } from './format.js'
import { cleared, termsOf, withList, withoutTerm } from './query.js'
import { zoneName } from './zone.js'

export const RANGES = ['15m', '1h', '24h', '7d', 'all']
const LISTS = { event_types: 'type', sources: 'source', priority: 'priority' }
const SHOWN_NAMES = 2

const listText = names =>
  names.slice(0, SHOWN_NAMES).join(', ') + (names.length > SHOWN_NAMES ? ` + ${names.length - SHOWN_NAMES}` : '')

export function rangeText(range) {
  if (typeof range === 'string') return range
  const short = iso => (Number.isNaN(Date.parse(iso)) ? String(iso ?? '') : dateTime(iso))
  const [start, end] = [short(range.start), short(range.end)]
  const sameDay = start.slice(0, 10) === end.slice(0, 10)
  return `${start || 'the beginning'} to ${(sameDay ? end.slice(11) : end) || 'now'}`
}

const fieldText = value => (Array.isArray(value) ? listText(value.map(String)) : String(value))

const isSet = value =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '' && value !== false

export function chipsOf(filters, fields = []) {
  const chips = termsOf(filters.search).map(term => ({
    key: 'search',
    value: term,
    without: withoutTerm(filters, term),
  }))
  for (const [name, key] of Object.entries(LISTS)) {
    const list = filters[name] ?? []
    if (list.length)
      chips.push({ key, value: listText(list), title: list.join(', '), without: withList(filters, name, []) })
  }
  if (filters.time_range && !RANGES.includes(filters.time_range)) {
    const { time_range: range, ...without } = filters
    chips.push({ key: 'time', value: rangeText(range), title: `${rangeText(range)} ${zoneName()}`, without })
  }
  for (const { name, label } of fields) {
    const { [name]: value, ...without } = filters
    if (isSet(value)) chips.push({ key: label ?? name, value: fieldText(value), without })
  }
  return chips
}

function chipNode({ key, value, title, without }, onfilters) {
  const remove = button('', `Remove filter ${key} ${value}`, () => onfilters(without), icon('x', 'xs'))
  const node = el('span', 'chip', el('i', '', key), bdi(value), remove)
  node.title = title ?? value
  return node
}

export function renderChips(container, chips, filters, onfilters) {
  container.hidden = !chips.length
  const clear = button('btn ghost tiny', '', () => onfilters(cleared(filters, RANGES)), 'Clear all')
  container.replaceChildren(...chips.map(chip => chipNode(chip, onfilters)), clear)
}
