// Parts of the page whose code comes when they are first opened: each a module with `make(page)`.
const PARTS = {
  'export-menu': () => import('./exports.js'),
  'pill-menu': () => import('./connection.js'),
  'test-dialog': () => import('./test-event.js'),
  'views-menu': () => import('./saved.js'),
}

export class Overlays {
  constructor(page) {
    Object.assign(this, { page, loading: {}, made: new Map() })
    for (const id of Object.keys(PARTS)) {
      const opened = event => event.newState === 'open' && this.call(id, 'fill')
      const root = document.getElementById(id)
      if (root.hasAttribute('popover')) root.addEventListener('toggle', opened, { signal: page.signal })
    }
  }

  async call(id, method) {
    const part = await this.part(id)
    part?.[method]()
  }

  async part(id) {
    this.loading[id] ??= PARTS[id]()
    try {
      const { make } = await this.loading[id]
      if (!this.made.has(id)) this.made.set(id, make(this.page, document.getElementById(id)))
      return this.made.get(id)
    } catch {
      delete this.loading[id]
      this.page.toast.show('This part of the page could not be loaded', 'bad')
      return null
    }
  }

  /** What is open shows how things are now. */
  update() {
    for (const part of this.made.values()) part.update?.()
  }
}
