// Filters as plain objects: every function here returns a new one.
const TERM = /-?(?:[^\s":]+:)?"[^"]*"?|\S+/g
const KEY = /^[\w-]+$/

export const termsOf = search => (search ?? '').match(TERM) ?? []

/** A search may be 1024 characters; the beginning of a long text finds the text as well. */
const MOST = 200

/** A term for `text`; what the syntax has no way to write, a quotation mark, splits it, and the longest part is taken. */
export function phrase(text) {
  const longest = text.split('"').reduce((most, next) => (next.length > most.length ? next : most), '')
  const part = longest.slice(0, MOST).replace(/[\uD800-\uDBFF]$/, '')
  return /^-|[\s:]/.test(part) ? `"${part}"` : part
}

/**
 * Without a text, what has the field at all. A key which the syntax cannot write leaves the bare phrase: it finds more, but never
 * nothing.
 */
export function fieldTerm(keys, text) {
  const term = phrase(text)
  return keys.every(key => KEY.test(key)) ? `${keys.join('.')}:${term}` : term || phrase(keys.at(-1))
}

export function withTerm(filters, term) {
  const terms = termsOf(filters.search)
  return !term || terms.includes(term) ? filters : { ...filters, search: [...terms, term].join(' ') }
}

export function withoutTerm(filters, term) {
  return {
    ...filters,
    search: termsOf(filters.search)
      .filter(other => other !== term)
      .join(' '),
  }
}

export const withList = (filters, key, list) => ({ ...filters, [key]: list })

export const withRange = (filters, range) => ({ ...filters, time_range: range })

/** One name on or off; nothing restricted means all are on, and all on means nothing restricted. */
export function toggled(chosen, known, name) {
  const on = new Set(chosen.length ? chosen : known)
  if (!on.delete(name)) on.add(name)
  return known.length && known.every(other => on.has(other)) && on.size === known.length ? [] : [...on]
}

/** Everything that restricts taken away; a range of the segmented control stays. */
export function cleared(filters, ranges) {
  return ranges.includes(filters.time_range) ? { time_range: filters.time_range } : {}
}

export function around(iso, seconds) {
  const middle = Date.parse(iso)
  return {
    start: new Date(middle - seconds * 1000).toISOString(),
    end: new Date(middle + seconds * 1000).toISOString(),
  }
}

/** The filter as a query string, as the page's address and the API read it. */
export function queryOf(filters) {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(filters)) {
    if (Array.isArray(value)) for (const item of value) query.append(key, String(item))
    else if (value !== null && typeof value === 'object') query.set(key, JSON.stringify(value))
    else if (value !== undefined && value !== null && value !== '') query.set(key, String(value))
  }
  return query.toString()
}
