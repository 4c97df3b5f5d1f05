// What the server says, through one port after another, and which part of the page takes it.

/** What a new session restores from the address, and says when it has. */
const RESTORED = ['tab', 'selected', 'filters']

/** What is said once, and not again to a page that comes later. */
const NEWS = ['url', 'toast', 'older', 'clock']

const isGiven = value => value !== null && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0)

/**
 * A port gives `get(name)`, `set(name, value)`, `request(kind, value)`, `on(name, callback, signal)`, `rows(after)` (the events
 * after an id as arrays, or null where that id is not among them), `onRows(callback, signal)` and `repaint()`.
 */
export class Feed {
  constructor(page) {
    Object.assign(this, { page, port: null, attachment: null, toastSeen: null, reconnects: 0, reconnectedAt: null })
    page.signal.addEventListener('abort', () => this.attachment?.abort())
  }

  /** Takes the place of an earlier port, as after a reconnect: what is on the screen stays until the new one says otherwise. */
  attach(port) {
    const { page, attachment } = this
    const { table, status, meter } = page
    const isAgain = attachment !== null
    attachment?.abort()
    this.attachment = new AbortController()
    this.port = port
    meter.forget()
    if (isAgain) Object.assign(this, { reconnects: this.reconnects + 1, reconnectedAt: Date.now() })
    this.listen(port, this.attachment.signal)
    status.set({ lost: null, attached: true })
    table.past.interrupt()
    if (isAgain) table.held.restart()
    this.takeRows(false)
    this.takeGiven(port, isAgain ? [...RESTORED, ...NEWS] : NEWS)
    port.set('hidden', document.hidden)
    port.set('paused', status.paused)
    if (isAgain && table.newestId) port.request('resume', table.newestId)
    port.request('ready', location.search)
    port.repaint()
    meter.look()
  }

  listen(port, signal) {
    for (const [name, handler] of Object.entries(this.handlers())) port.on(name, () => handler(port.get(name)), signal)
    port.onRows(replaced => this.takeRows(replaced, true), signal)
  }

  /** A new session begins with nothing, which must not wipe out what is on the screen. */
  takeGiven(port, skipped) {
    for (const [name, handler] of Object.entries(this.handlers())) {
      const value = port.get(name) ?? null
      if (isGiven(value) && !skipped.includes(name)) handler(value)
    }
  }

  detach(port) {
    if (this.port !== port) return
    this.attachment.abort()
    this.port = null
    this.page.status.set({ attached: false })
  }

  handlers() {
    const { page } = this
    return {
      status: status => this.takeStatus(status ?? {}),
      kpis: kpis => page.kpis.update(kpis ?? [], page.status.asOf),
      facets: facets => page.takeFilters({ facets: facets ?? {} }),
      fields: fields => page.takeFilters({ fields: fields ?? [] }),
      filters: filters => this.takeChosen(filters ?? {}),
      filter_error: message => page.bar.showError(message ?? ''),
      detail: detail => page.reading.take(detail),
      agents: agents => this.takeAgents(agents ?? []),
      health: health => page.health.update(health ?? {}),
      breakdown: breakdown => page.breakdown.updateShares(breakdown ?? {}),
      tab: tab => tab && page.showTab(tab, false),
      selected: id => page.reading.follow(id),
      toast: toast => this.takeToast(toast),
      older: answer => page.table.past.take(answer),
      url: url => page.address.show(url ?? ''),
      clock: told => told && page.meter.hear(told),
    }
  }

  takeRows(replaced, streamed = false) {
    const { table, meter, status } = this.page
    const fresh = replaced ? null : this.port.rows(table.newestId)
    const all = fresh ?? this.port.rows()
    if (fresh && streamed) meter.expect(fresh, !table.holding && !document.hidden)
    if (fresh) table.push(fresh)
    else if (replaced || all.length) table.take(all, this.port.get('table')?.view)
    status.updatedAt = Date.now()
  }

  takeStatus(told) {
    const { page } = this
    page.status.set({ status: told })
    page.table.setPassed(told.passed ?? null, told.uncounted)
    page.retellCounts()
  }

  /** What the server made of a choice; on a slow network the reader may have chosen anew meanwhile. */
  takeChosen(filters) {
    const { page, port } = this
    if ((port.get('answered') ?? 0) === (port.get('choice') ?? 0)) page.takeFilters({ filters })
    else port.set('filters', page.filters)
  }

  takeAgents(agents) {
    this.page.agents.update(agents)
    document.getElementById('no-agents').hidden = agents.length > 0
  }

  takeToast(toast) {
    if (!toast || toast.n === this.toastSeen) return
    this.toastSeen = toast.n
    this.page.toast.show(toast.text, toast.tone)
  }
}
