// The address of the view: steps taken in quick succession, as while typing, make one entry in the history.
const PUSH_AFTER_MS = 1500

export class Address {
  constructor({ signal, onvisit }) {
    this.pushedAt = 0
    window.addEventListener('popstate', () => onvisit(location.search), { signal })
  }

  show(search) {
    if (search === location.search) return
    const soon = Date.now() - this.pushedAt < PUSH_AFTER_MS
    this.pushedAt = Date.now()
    history[soon ? 'replaceState' : 'pushState']({}, '', location.pathname + search + location.hash)
  }
}
