// Nothing yet: how to publish the first event. And nothing matches: which filter to loosen.
import { bdi, button } from './dom.js'
import { chipsOf, RANGES } from './chips.js'
import { copyText } from './clipboard.js'
import { count } from './format.js'
import { cleared, withRange } from './query.js'

const LONGER = '24h'

const EVENT = `{"event_type": "agent_request",
       "source": "orchestrator",
       "priority": "normal",
       "data": {"agent": "billing_agent"}}`

export function examples(base = document.baseURI) {
  const url = new URL('api/events', base).href
  return {
    curl: `curl -X POST ${url} \\\n  -H 'Content-Type: application/json' \\\n  -d '${EVENT}'`,
    python: `from sources.websocket_manager import EventMessage, get_websocket_manager

event = EventMessage(event_type="agent_request", source="orchestrator",
                     priority="normal", data={"agent": "billing_agent"})
await get_websocket_manager().broadcast_event(event)`,
    redis: `redis-cli XADD events '*' event \\\n  '${EVENT}'`,
    demo: `# Starts a dashboard with simulated agents; stop this one first, or give a free port.
make demo

# The same without make, where the package is installed:
PORT=8001 python -m dashboard --demo`,
  }
}

export class Empty {
  constructor(root, { signal, oncopied }) {
    const texts = examples()
    const tabs = [...root.querySelectorAll('[data-code]')]
    for (const [name, text] of Object.entries(texts)) root.querySelector(`#code-${name}`).textContent = text
    const show = name => {
      for (const tab of tabs) {
        const on = tab.dataset.code === name
        tab.setAttribute('aria-selected', String(on))
        tab.tabIndex = on ? 0 : -1
        root.querySelector(`#code-${tab.dataset.code}`).hidden = !on
      }
      this.shown = name
    }
    const present = name => {
      show(name)
      tabs.find(tab => tab.dataset.code === name).focus()
    }
    root.addEventListener(
      'click',
      async event => {
        const tab = event.target.closest('[data-code]')
        if (tab) show(tab.dataset.code)
        const way = event.target.closest('[data-code-show]')?.dataset.codeShow
        if (way) present(way)
        if (event.target.closest('[data-code-copy]')) oncopied(await copyText(texts[this.shown]))
      },
      { signal },
    )
    root.addEventListener(
      'keydown',
      event => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
        const here = tabs.indexOf(event.target)
        if (!step || here < 0) return
        present(tabs.at((here + step) % tabs.length).dataset.code)
      },
      { signal },
    )
    show('curl')
  }
}

/** What can be loosened: each active filter alone, a longer range, or all of it. */
export function loosenings(filters, fields) {
  const options = chipsOf(filters, fields).map(({ key, value, without }) => ({
    label: `without ${key}`,
    value,
    filters: without,
  }))
  const { time_range: range } = filters
  if (RANGES.slice(0, RANGES.indexOf(LONGER)).includes(range))
    options.push({ label: 'in the last', value: LONGER, filters: withRange(filters, LONGER) })
  if (range && range !== 'all') options.push({ label: 'in', value: 'all retained', filters: withRange(filters, 'all') })
  return options
}

function reason(matched, isFiltered, isSearching) {
  if (isSearching) return 'None of the newest events passes. Older ones are searched, as the table says.'
  if (matched > 0)
    return `${count(matched)} events were counted here, but they are no longer retained. Their counts are all that is left.`
  return isFiltered
    ? 'No retained event passes all filters together. Loosen one of them:'
    : 'No event in this time range. Look further back:'
}

/** The table without a row: drawn anew only when the reason changes. */
export class NoMatch {
  constructor(root, { onfilters }) {
    Object.assign(this, {
      root,
      onfilters,
      text: root.querySelector('#nomatch-text'),
      options: root.querySelector('#nomatch-options'),
    })
  }

  update(isShown, { filters, fields, matched, isSearching = false }) {
    this.root.hidden = !isShown
    const state = isShown ? JSON.stringify([filters, fields, matched, isSearching]) : ''
    if (state === this.shown) return
    this.shown = state
    if (isShown) this.draw(filters, fields, matched, isSearching)
  }

  draw(filters, fields, matched, isSearching) {
    const isFiltered = chipsOf(filters, fields).length > 0
    this.text.textContent = reason(matched, isFiltered, isSearching)
    const nodes = loosenings(filters, fields).map(option =>
      this.option('btn tiny', option.filters, option.label, ' ', bdi(option.value)),
    )
    if (isFiltered) nodes.push(this.option('btn tiny primary', cleared(filters, RANGES), 'Clear all'))
    this.options.replaceChildren(...nodes)
  }

  option(className, filters, ...children) {
    return button(className, '', () => this.onfilters(filters), ...children)
  }
}
