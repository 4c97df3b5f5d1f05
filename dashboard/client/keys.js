// Keys that hold everywhere on the page, except where one types or a menu is open.
const TYPES_TEXT = 'input, textarea, select, [contenteditable]'
const OWN_KEYS = `${TYPES_TEXT}, [popover], dialog`
const PRESSED_BY_SPACE = 'button, a, summary, [tabindex="0"]:not([role=grid])'

export function bindKeys(actions, { signal }) {
  document.addEventListener(
    'keydown',
    event => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (!Object.hasOwn(actions, event.key) || event.target.closest?.(OWN_KEYS)) return
      if (event.key === ' ' && event.target.closest?.(PRESSED_BY_SPACE)) return
      if (actions[event.key](event) !== false) event.preventDefault()
    },
    { signal },
  )
}

/** The keys that the help of the page lists. */
export const keysOf = page => ({
  '/': () => page.bar.search.focus(),
  j: () => page.step(1),
  k: () => page.step(-1),
  Enter: event => event.target === document.body && page.table.enter(),
  Escape: () => page.escape(),
  ' ': () => (page.status.held.count || page.status.paused ? page.catchUp() : page.setPaused(true)),
  t: () => page.act('theme'),
  z: () => page.act('zone'),
  '?': () => page.act('keys'),
})
