// The one file that knows Bokeh: defines the model LivePage and hands its properties to the page as a port.
// Classic, because a model must be registered before Bokeh embeds the document; the page itself is an ES module.
;(() => {
  const { UIElement, UIElementView } = Bokeh.require('models/ui/ui_element')
  const { DocumentReady } = Bokeh.require('core/bokeh_events')
  const RECONNECT_MS = 3000

  const { src } = document.currentScript
  const loading = import(new URL('page.js', src))
  import(new URL('zone.js', src)).then(showZone)
  const watched = new WeakSet()
  let page = null
  let mounts = 0

  /** Python's dicts arrive as maps. */
  function plain(value) {
    if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
    if (Array.isArray(value)) return value.map(plain)
    return ArrayBuffer.isView(value) ? [...value] : value
  }

  const rowsOf = data => (data instanceof Map ? data.get('row') : data.row) ?? []

  /** What changes all the time comes as JSON. */
  const TEXTS = new Set(['status', 'kpis', 'facets', 'agents', 'health', 'breakdown'])

  /** Charts are drawn in UTC: their ticks are put on round times of the zone that the page shows, and named in it. */
  function showZone({ wall, zoneName }) {
    const { DatetimeTicker } = Bokeh.require('models/tickers/datetime_ticker')
    const { DatetimeTickFormatter } = Bokeh.require('models/formatters/datetime_tick_formatter')
    const { DEFAULT_FORMATTERS } = Bokeh.require('core/util/templating')
    const { get_ticks: ticks } = DatetimeTicker.prototype
    const { doFormat: labels } = DatetimeTickFormatter.prototype
    const { datetime } = DEFAULT_FORMATTERS
    DatetimeTicker.prototype.get_ticks = function (low, high, ...rest) {
      const shift = wall(high) - high
      const { major, minor } = ticks.call(this, low + shift, high + shift, ...rest)
      return { major: major.map(tick => tick - shift), minor: minor.map(tick => tick - shift) }
    }
    DatetimeTickFormatter.prototype.doFormat = function (times, ...rest) {
      return labels.call(this, times.map(wall), ...rest)
    }
    DEFAULT_FORMATTERS.datetime = (time, format, ...rest) =>
      datetime(wall(time), format.replace('%Z', zoneName(time)), ...rest)
  }

  class Port {
    constructor(view) {
      this.model = view.model
      this.requests = view.model.request?.n ?? 0
    }

    get(name) {
      const value = this.model[name]
      return TEXTS.has(name) ? JSON.parse(value) : plain(value)
    }

    set(name, value) {
      if (JSON.stringify(plain(this.model[name])) !== JSON.stringify(value)) this.model.setv({ [name]: value })
    }

    request(kind, value) {
      this.requests += 1
      this.model.setv({ request: { n: this.requests, kind, value } })
    }

    on(name, callback, signal) {
      const { change } = this.model.properties[name]
      const changed = () => {
        // The one property that the server alone sets, and every few seconds.
        if (name === 'status') serverLink.heard()
        callback()
      }
      change.connect(changed)
      signal.addEventListener('abort', () => change.disconnect(changed))
    }

    onRows(callback, signal) {
      const { events } = this.model
      const streamed = () => callback(false)
      const replaced = () => callback(true)
      events.streaming.connect(streamed)
      events.properties.data.change.connect(replaced)
      signal.addEventListener('abort', () => {
        events.streaming.disconnect(streamed)
        events.properties.data.change.disconnect(replaced)
      })
    }

    rows(after) {
      const texts = rowsOf(this.model.events.data)
      const from = after === undefined ? 0 : texts.findLastIndex(text => text.startsWith(`["${after}",`)) + 1
      if (after !== undefined && from === 0) return null
      return texts.slice(from).map(text => JSON.parse(text))
    }

    /** Axes and grids follow the theme by CSS; glyphs are told, by tags such as `fill:fill_color:--p-low`. */
    repaint() {
      const styles = getComputedStyle(document.documentElement)
      const models = [...this.model.document._all_models.values()]
      for (const model of models) {
        for (const tag of model.tags ?? []) {
          const [kind, property, variable] = String(tag).split(':')
          if (kind === 'fill') model.setv({ [property]: styles.getPropertyValue(variable).trim() }, { sync: false })
        }
      }
      for (const model of models) if (model.type === 'Figure') Bokeh.index.find_one(model)?.request_repaint()
    }
  }

  /** Bokeh gives up after half a minute; a page on a wall must not. */
  function watch(doc) {
    if (watched.has(doc)) return
    watched.add(doc)
    doc.on_event('connection_lost', (_, event) => {
      page?.lost(event.attempts + 1)
      if (event.timeout == null) setTimeout(() => event.reconnect(), RECONNECT_MS)
    })
  }

  /** Bokeh puts a ring around a chart that is pressed; it is wanted where the keyboard has led there. */
  function ring(event, outline) {
    const [target] = event.composedPath()
    if (target.classList?.contains('bk-events')) target.style.outline = outline
  }
  document.addEventListener('pointerdown', event => ring(event, 'none'))
  document.addEventListener('focusout', event => ring(event, ''))

  class LivePageView extends UIElementView {
    render() {
      super.render()
      const doc = this.model.document
      watch(doc)
      this.attach(doc)
    }

    async attach(doc) {
      const { Page } = await loading
      if (this.gone) return
      // After a reconnect the new view is there before the old one is removed: it takes over the page as it stands.
      page ??= new Page()
      mounts += 1
      if (mounts > 1) doc.event_manager.send_event(new DocumentReady())
      this.port = new Port(this)
      page.attach(this.port)
      if (!doc.is_idle) doc.idle.connect(() => this.port.repaint())
      // The charts of a tab come when it is first looked at.
      for (const root of doc.roots()) {
        const children = root.properties.children
        if (children) this.connect(children.change, () => this.port.repaint())
      }
    }

    remove() {
      this.gone = true
      if (this.port) page.detach(this.port)
      super.remove()
    }
  }

  class LivePage extends UIElement {
    static __module__ = 'dashboard.page.model'

    static {
      this.prototype.default_view = LivePageView
      this.define(({ Any, Bool, Int, Str }) => ({
        events: [Any],
        table: [Any, {}],
        older: [Any, null],
        status: [Str, '{}'],
        kpis: [Str, '[]'],
        facets: [Str, '{}'],
        fields: [Any, []],
        filters: [Any, {}],
        choice: [Int, 0],
        answered: [Int, 0],
        filter_error: [Str, ''],
        url: [Str, ''],
        detail: [Any, null],
        agents: [Str, '[]'],
        health: [Str, '{}'],
        breakdown: [Str, '{}'],
        toast: [Any, null],
        clock: [Any, null],
        tab: [Str, 'events'],
        selected: [Str, ''],
        hidden: [Bool, false],
        paused: [Bool, false],
        request: [Any, null],
      }))
    }
  }

  LivePage.__name__ = 'LivePage'
  Bokeh.require('base').register_models([LivePage])
})()
