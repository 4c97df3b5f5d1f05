// The page as a whole: joins its parts with each other and with the feed, which stands for the server.
import { Address } from './address.js'
import { AgentTable } from './agents.js'
import { Breakdown } from './breakdown.js'
import { copyText, viewLink } from './clipboard.js'
import { Drawer } from './drawer.js'
import { Empty, NoMatch } from './empty.js'
import { Feed } from './feed.js'
import { FilterBar } from './filters.js'
import { FilterSheet } from './sheet.js'
import { Health } from './health.js'
import { bindKeys, keysOf } from './keys.js'
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

const byId = id => document.getElementById(id)

export class Page {
  constructor() {
    this.controller = new AbortController()
    const { signal } = this.controller
    Object.assign(this, { signal, pausedAt: null })
    this.feed = new Feed(this)
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
    bindKeys(keysOf(this), { signal })
    this.overlays = new Overlays(this)
    this.tellZone()
  }

  destroy() {
    this.controller.abort()
  }

  get port() {
    return this.feed.port
  }

  attach(port) {
    this.feed.attach(port)
  }

  detach(port) {
    this.feed.detach(port)
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
      onsource: name => this.filter(withList(this.filters, 'sources', toggled(this.filters.sources ?? [], [], name))),
    })
  }

  listen(signal) {
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal })
    on(byId('pause'), 'click', () => this.setPaused(!this.status.paused))
    on(byId('newbar'), 'click', () => this.catchUp())
    on(byId('scrim'), 'click', () => this.reading.letGo())
    on(document, 'click', event => this.act(event.target.closest('[data-act]')?.dataset.act))
    on(document, 'click', event => this.goTab(event.target.closest('[data-tab-link]')?.dataset.tabLink))
    on(window, 'scroll', () => document.documentElement.classList.toggle('scrolled', scrollY > 0))
    on(document, 'visibilitychange', () => this.port?.set('hidden', document.hidden))
    place(byId('pill-menu'), byId('pill'), signal)
    for (const name of ['views', 'export']) place(byId(`${name}-menu`), byId(`${name}-button`), signal)
    place(byId('more-menu'), document.querySelector('[popovertarget=more-menu]'), signal)
  }

  /** On to what was found, which goes on as it did. */
  leaveSearch() {
    this.bar.search.blur()
    if (this.app.dataset.tab === 'events') this.table.enterLive()
  }

  /** An earlier address: what was being typed is not newer than it. */
  visit(search) {
    this.bar.dropTyping()
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

  lost(attempts) {
    this.status.set({ lost: attempts })
  }

  /** What is told in more than one place. */
  retellCounts() {
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

  takeFilters(changes) {
    this.bar.update(changes)
    this.breakdown.updateSources(this.bar.facets.sources ?? [], this.filters.sources ?? [])
    this.sheet.update(this.sheetState())
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
    // From here on the keys of the table work too.
    if (document.activeElement === document.body) this.table.enterLive()
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
