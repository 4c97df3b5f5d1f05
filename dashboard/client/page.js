// The page as a whole: joins the modules with each other and with a port, which stands for the server.
import { Address } from './address.js'
import { AgentTable } from './agents.js'
import { Breakdown } from './breakdown.js'
import { copyText, viewLink } from './clipboard.js'
import { Drawer } from './drawer.js'
import { Empty, NoMatch } from './empty.js'
import { FilterBar } from './filters.js'
import { FilterSheet } from './sheet.js'
import { Health } from './health.js'
import { bindKeys } from './keys.js'
import { Kpis } from './kpis.js'
import { place } from './menu.js'
import { Meter } from './meter.js'
import { Overlays } from './overlays.js'
import { phrase, toggled, withList, withTerm } from './query.js'
import { Reading } from './reading.js'
import { StatusView } from './status.js'
import { EventTable } from './table.js'
import { Tabs } from './tabs.js'
import { Theme } from './theme.js'
import { Toast } from './toast.js'
import { tellZone, toggleZone, zoneName } from './zone.js'

/** What a new session restores from the address, and says when it has. */
const RESTORED = ['tab', 'selected', 'filters']

/** What is said once, and not again to a page that comes later. */
const NEWS = ['url', 'toast', 'older', 'clock']

const isGiven = value => value !== null && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0)

const byId = id => document.getElementById(id)

/**
 * A port gives `get(name)`, `set(name, value)`, `request(kind, value)`, `on(name, callback, signal)`, `rows(after)` (the events
 * after an id as arrays, or null where that id is not among them), `onRows(callback, signal)` and `repaint()`.
 */
export class Page {
  constructor() {
    this.controller = new AbortController()
    const { signal } = this.controller
    Object.assign(this, { signal, port: null, attachment: null, toastSeen: null, pausedAt: null })
    Object.assign(this, { reconnects: 0, reconnectedAt: null })
    this.app = byId('app')
    this.toast = new Toast(byId('toast'), { signal })
    this.theme = new Theme({ signal, onchange: () => this.port?.repaint() })
    this.status = new StatusView(this.app, { signal, onretry: () => this.port?.request('retry', null) })
    this.meter = new Meter({ signal, ask: now => document.hidden || this.port?.request('clock', now) })
    this.kpis = new Kpis(byId('kpis'))
    this.health = new Health(document)
    this.address = new Address({ signal, onvisit: search => this.visit(search) })
    this.noMatch = new NoMatch(byId('nomatch'), { onfilters: filters => this.filter(filters) })
    this.makeTable(signal)
    this.makeFilters(signal)
    this.makeViews(signal)
    this.listen(signal)
    this.bindKeys(signal)
    this.overlays = new Overlays(this)
    this.tellZone()
  }

  destroy() {
    this.attachment?.abort()
    this.controller.abort()
  }

  makeTable(signal) {
    this.table = new EventTable(byId('events'), {
      signal,
      onselect: (id, open) => (open || this.reading.opened !== null) && this.reading.open(id),
      onhold: held => this.status.set({ held }),
      onpaint: rows => this.painted(rows),
      onolder: question => this.port?.request('older', question),
    })
    this.drawer = new Drawer(byId('drawer'), {
      signal,
      onfilter: change => this.filter(change(this.filters)),
      oncopy: (text, what) => this.copy(text, what),
      onopen: id => this.reading.open(id),
      onstep: by => this.table.step(by, true),
      onclose: () => this.reading.letGo(),
    })
    this.reading = new Reading({
      app: this.app,
      root: byId('drawer'),
      table: this.table,
      drawer: this.drawer,
      tell: id => this.tellSelected(id),
    })
  }

  makeFilters(signal) {
    const onfilters = filters => this.filter(filters)
    this.bar = new FilterBar({
      signal,
      onfilters: filters => this.choose(filters),
      onsheet: () => this.sheet.open(this.sheetState()),
      onleave: () => this.leaveSearch(),
    })
    this.sheet = new FilterSheet(byId('sheet'), { signal, onfilters, oncustom: () => this.bar.range.open() })
  }

  makeViews(signal) {
    this.tabs = new Tabs(byId('tabs'), { signal, onchange: tab => this.showTab(tab, true) })
    this.empty = new Empty(byId('empty'), { signal, oncopied: worked => this.copied(worked, 'Example') })
    this.agents = new AgentTable(byId('agent-rows'), {
      signal,
      onchoose: name => this.filterEvents(withTerm(this.filters, phrase(name))),
    })
    this.breakdown = new Breakdown({
      shares: byId('breakdown'),
      sources: byId('source-bars'),
      onpriority: name => this.filter(withList(this.filters, 'priority', [name])),
      onsource: name => this.filter(withList(this.filters, 'sources', this.onlyOrAll('sources', name))),
    })
  }

  onlyOrAll(key, name) {
    const chosen = this.filters[key] ?? []
    return chosen.length ? toggled(chosen, [], name) : [name]
  }

  listen(signal) {
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal })
    on(byId('pause'), 'click', () => this.setPaused(!this.status.paused))
    on(byId('newbar'), 'click', () => this.catchUp())
    on(byId('scrim'), 'click', () => this.reading.letGo())
    on(document, 'click', event => this.act(event.target.closest('[data-act]')?.dataset.act))
    on(document, 'click', event => this.goTab(event.target.closest('[data-tab-link]')?.dataset.tabLink))
    on(document, 'visibilitychange', () => this.port?.set('hidden', document.hidden))
    place(byId('pill-menu'), byId('pill'), signal)
    for (const name of ['views', 'export']) place(byId(`${name}-menu`), byId(`${name}-button`), signal)
    place(byId('more-menu'), document.querySelector('[popovertarget=more-menu]'), signal)
  }

  bindKeys(signal) {
    bindKeys(
      {
        '/': () => byId('search').focus(),
        j: () => this.step(1),
        k: () => this.step(-1),
        Enter: event => event.target === document.body && this.table.enter(),
        Escape: () => this.escape(),
        ' ': () => (this.status.held.count || this.status.paused ? this.catchUp() : this.setPaused(true)),
        t: () => this.act('theme'),
        z: () => this.act('zone'),
        '?': () => this.act('keys'),
      },
      { signal },
    )
  }

  /** On to what was found, which goes on as it did. */
  leaveSearch() {
    this.bar.search.blur()
    if (this.app.dataset.tab === 'events') this.table.enterLive()
  }

  /** An earlier address: what was being typed is not newer than it. */
  visit(search) {
    this.bar.search.blur()
    this.port?.request('url', search)
  }

  act(name) {
    const acts = {
      share: () => this.copy(viewLink(this.sharedState()), 'Link to this view'),
      test: () => this.overlays.call('test-dialog', 'open'),
      theme: () => this.toast.tell('Theme', this.theme.cycle()),
      zone: () => this.switchZone(),
      keys: () => byId('keys-dialog').showModal(),
      export: () => byId('export-menu').showPopover(),
      views: () => byId('views-menu').showPopover(),
    }
    if (!Object.hasOwn(acts, name ?? '')) return
    byId('more-menu').hidePopover()
    acts[name]()
  }

  escape() {
    // The browser closes an open menu by itself, unless the key is taken from it.
    if (document.querySelector('[popovertarget][aria-expanded=true]')) return false
    this.toast.clear()
    this.reading.escape()
    return true
  }

  openEvent(id) {
    this.goTab('events')
    this.reading.open(id)
  }

  switchZone() {
    toggleZone()
    this.tellZone()
    this.toast.show(`Times: ${zoneName()}`)
  }

  tellZone() {
    tellZone()
    for (const part of [this.table, this.drawer, this.bar, this.health]) part.retell()
    this.status.draw()
    this.kpis.update(this.port?.get('kpis') ?? [], this.status.asOf)
    this.port?.repaint()
  }

  /** Takes the place of an earlier port, as after a reconnect: what is on the screen stays until the new one says otherwise. */
  attach(port) {
    const isAgain = this.attachment !== null
    const skipped = isAgain ? [...RESTORED, ...NEWS] : NEWS
    this.attachment?.abort()
    this.attachment = new AbortController()
    this.port = port
    this.countReconnect(isAgain)
    const { signal } = this.attachment
    for (const [name, handler] of Object.entries(this.handlers())) port.on(name, () => handler(port.get(name)), signal)
    port.onRows(replaced => this.takeRows(replaced, true), signal)
    this.status.set({ lost: null, attached: true })
    this.table.past.interrupt()
    if (isAgain) this.table.held.restart()
    this.takeRows(false)
    this.takeGiven(port, skipped)
    port.set('hidden', document.hidden)
    port.set('paused', this.status.paused)
    if (isAgain && this.table.newestId) port.request('resume', this.table.newestId)
    port.request('ready', location.search)
    port.repaint()
    this.meter.look()
  }

  countReconnect(again) {
    this.meter.forget()
    if (again) Object.assign(this, { reconnects: this.reconnects + 1, reconnectedAt: Date.now() })
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
    this.status.set({ attached: false })
  }

  lost(attempts) {
    this.status.set({ lost: attempts })
  }

  handlers() {
    return {
      status: status => this.takeStatus(status ?? {}),
      kpis: kpis => this.kpis.update(kpis ?? [], this.status.asOf),
      facets: facets => this.takeFilters({ facets: facets ?? {} }),
      fields: fields => this.takeFilters({ fields: fields ?? [] }),
      filters: filters => this.takeChosen(filters ?? {}),
      filter_error: message => this.bar.showError(message ?? ''),
      detail: detail => this.reading.take(detail),
      agents: agents => this.takeAgents(agents ?? []),
      health: health => this.health.update(health ?? {}),
      breakdown: breakdown => this.breakdown.updateShares(breakdown ?? {}),
      tab: tab => tab && this.showTab(tab, false),
      selected: id => this.reading.follow(id),
      toast: toast => this.takeToast(toast),
      older: answer => this.table.past.take(answer),
      url: url => this.address.show(url ?? ''),
      clock: told => told && this.meter.hear(told),
    }
  }

  takeRows(replaced, streamed = false) {
    const fresh = replaced ? null : this.port.rows(this.table.newestId)
    const all = fresh ?? this.port.rows()
    if (fresh && streamed) this.meter.expect(fresh, !this.table.holding && !document.hidden)
    if (fresh) this.table.push(fresh)
    else if (replaced || all.length) this.table.take(all, this.port.get('table')?.view)
    this.status.updatedAt = Date.now()
  }

  takeStatus(status) {
    this.status.set({ status })
    this.table.setPassed(status.passed ?? null, status.uncounted)
    byId('empty').hidden = !this.status.isEmpty
    this.tableSize(this.table.list.events)
    this.sheet.update(this.sheetState())
    this.overlays.update()
  }

  /** Each choice has a number, by which an answer to an earlier one is known. */
  choose(filters) {
    this.port?.set('choice', (this.port.get('choice') ?? 0) + 1)
    this.port?.set('filters', filters)
  }

  /** What the server made of a choice; on a slow network the reader may have chosen anew meanwhile. */
  takeChosen(filters) {
    const { port } = this
    if ((port.get('answered') ?? 0) === (port.get('choice') ?? 0)) this.takeFilters({ filters })
    else port.set('filters', this.filters)
  }

  takeFilters(changes) {
    this.bar.update(changes)
    this.breakdown.updateSources(this.bar.facets.sources ?? [], this.filters.sources ?? [])
    this.sheet.update(this.sheetState())
  }

  takeAgents(agents) {
    this.agents.update(agents)
    byId('no-agents').hidden = agents.length > 0
  }

  takeToast(toast) {
    if (!toast || toast.n === this.toastSeen) return
    this.toastSeen = toast.n
    this.toast.show(toast.text, toast.tone)
  }

  /** The filter bar holds them: it shows a change before the server has confirmed it. */
  get filters() {
    return this.bar.filters
  }

  get fields() {
    return this.bar.fields
  }

  filter(filters) {
    this.bar.clearTo(filters)
  }

  filterEvents(filters) {
    this.goTab('events')
    this.filter(filters)
  }

  sheetState() {
    return { filters: this.filters, facets: this.bar.facets, fields: this.fields, matched: this.status.status.matched }
  }

  goTab(name) {
    if (name) this.tabs.choose(byId(`tab-${name}`))
  }

  showTab(name, tell) {
    this.tabs.show(name)
    this.app.dataset.tab = name
    if (tell) this.port?.set('tab', name)
  }

  sharedState() {
    const newest = Number.parseInt(this.table.newestId ?? '0', 10)
    return { selected: this.table.selectedEvent?.[0] ?? this.reading.opened, pausedAt: this.pausedAt, newest }
  }

  setPaused(paused) {
    this.pausedAt = paused ? (this.pausedAt ?? Date.now()) : null
    this.table.setPaused(paused)
    this.status.set({ paused })
    this.port?.set('paused', paused)
  }

  catchUp() {
    this.table.catchUp()
    this.setPaused(false)
  }

  step(by) {
    if (this.app.dataset.tab !== 'events') return false
    this.table.step(by)
    return true
  }

  tellSelected(id) {
    this.port?.set('selected', id)
    return this.port?.get('detail')
  }

  async copy(text, what) {
    this.copied(await copyText(text), what)
  }

  copied(worked, what) {
    this.toast.show(worked ? `${what} copied` : 'Copying is not allowed here', worked ? 'ok' : 'bad')
  }

  painted(rows) {
    const { scroller, rowHeight } = this.table
    // The frame is on the screen once this task and what the browser does after it are over.
    if (this.meter.expected.length) setTimeout(() => this.meter.painted(Math.ceil(scroller.height / rowHeight)))
    this.tableSize(rows)
  }

  tableSize(rows) {
    const { matched } = this.status.status
    this.status.drawShown(rows, this.table.list.isDeep)
    this.noMatch.update(rows === 0 && !this.status.isEmpty && matched !== undefined, {
      filters: this.filters,
      fields: this.fields,
      matched,
      isSearching: this.table.hasEnd && this.table.past.isOpen,
    })
  }
}
