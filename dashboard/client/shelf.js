// Views by name, in this browser's storage: a list of `{name, search}`, in the order of their names.
const KEY = 'views'
const MAX_VIEWS = 100
export const MAX_NAME = 60

const LEFT_OUT = ['event', 'token', 'bokeh-session-id', 'theme']

export const WORDS = {
  denied: 'This browser keeps nothing for this page: views cannot be saved.',
  full: 'The storage of this browser is full: delete a view, or other data of this site.',
  many: `There are ${MAX_VIEWS} views already: delete one first.`,
  taken: 'There is a view of that name already.',
  unnamed: 'A view needs a name.',
}

export const plainName = name => name.replace(/[\s\p{Cc}]+/gu, ' ').trim().slice(0, MAX_NAME)

/** A view is what is filtered, and on which tab; a range that counts back from now goes on doing so. */
export function viewOf(search) {
  const query = new URLSearchParams(search)
  for (const name of LEFT_OUT) query.delete(name)
  return query.toString()
}

const isView = view => typeof view?.name === 'string' && plainName(view.name) !== '' && typeof view.search === 'string'

function parsed(text) {
  try {
    const views = JSON.parse(text)
    return Array.isArray(views) ? views.filter(isView).slice(0, MAX_VIEWS) : []
  } catch {
    return []
  }
}

/** What is kept now, and not what was read before: another tab may have changed it. `null` where nothing may be kept. */
export function load() {
  try {
    return parsed(localStorage.getItem(KEY) ?? '[]')
  } catch {
    return null
  }
}

function store(views) {
  try {
    localStorage.setItem(KEY, JSON.stringify(views.toSorted((a, b) => a.name.localeCompare(b.name))))
    return ''
  } catch {
    return WORDS.full
  }
}

/** Each change returns why it could not be made, or ''. */
export function save(name, search) {
  const views = load()
  if (views === null) return WORDS.denied
  if (!name) return WORDS.unnamed
  const others = views.filter(view => view.name !== name)
  if (others.length >= MAX_VIEWS) return WORDS.many
  return store([...others, { name, search }])
}

export function rename(old, name) {
  const views = load()
  if (views === null) return WORDS.denied
  if (!name) return WORDS.unnamed
  if (name === old) return ''
  if (views.some(view => view.name === name)) return WORDS.taken
  return store(views.map(view => (view.name === old ? { ...view, name } : view)))
}

export function remove(name) {
  const views = load()
  return views === null ? WORDS.denied : store(views.filter(view => view.name !== name))
}
