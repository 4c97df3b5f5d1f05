// The connection pill and the banner: whether what one sees is live, and since when it is not.
import { setText } from './dom.js'
import { clockOf, count, span } from './format.js'
import { zoneName } from './zone.js'

/** What the pill says. A lost connection outweighs a source that is away, and both outweigh a pause. */
export function pillState({ lost, attempts, source, paused, held, rate, waiting }) {
  if (lost) return { state: 'reconnecting', word: 'Reconnecting', figure: attempts ? `try ${attempts}` : '' }
  if (source === 'unreachable') return { state: 'down', word: 'Source unreachable', figure: '' }
  if (source === 'starting') return { state: 'starting', word: 'Starting', figure: '' }
  if (paused) return { state: 'paused', word: 'Paused', figure: `${count(held)} new` }
  return { state: 'live', word: 'Live', figure: waiting ? 'waiting' : rateText(rate) }
}

const rateText = rate => (rate > 0 && rate < 10 ? `${rate.toFixed(1)} events/s` : `${count(rate ?? 0)} events/s`)

export class Pill {
  constructor(root) {
    this.root = root
    this.word = root.querySelector('b')
    this.figure = root.querySelector('em')
    this.said = document.getElementById('pill-said')
  }

  update(facts) {
    const { state, word, figure } = pillState(facts)
    if (this.root.dataset.state !== state) this.root.dataset.state = state
    setText(this.word, word)
    setText(this.said, word)
    setText(this.figure, figure)
    return state
  }
}

/** What is the matter, and what still works, said around the name of the source. */
const SAYS = {
  unreachable: {
    title: 'Event source unreachable',
    before: 'Showing the last events received. Publishing answers 503 until',
    after: 'is back; nothing that it kept will be lost.',
  },
  'read-only': {
    title: 'Publishing is refused',
    before: 'Live events go on as ever. Publishing answers 503 until',
    after: 'takes writes again.',
  },
}

function nextTry(seconds) {
  if (seconds == null) return ''
  return seconds > 0 ? `Next try in ${Math.ceil(seconds)} s` : 'Trying now'
}

export class Banner {
  constructor(root, { signal, onretry }) {
    this.root = root
    for (const name of ['title', 'since', 'before', 'source', 'after', 'reason', 'next'])
      this[name] = root.querySelector(`#banner-${name}`)
    root.querySelector('#retry').addEventListener('click', onretry, { signal })
  }

  update(source, now = Date.now()) {
    const says = SAYS[source?.state]
    this.root.hidden = !says
    if (!says) return
    const since = source.since ? Date.parse(source.since) : null
    setText(
      this.since,
      since ? `since ${clockOf(source.since)} ${zoneName(since)}, ${span(Math.max(0, (now - since) / 1000))} ago.` : '',
    )
    for (const name of ['title', 'before', 'after']) setText(this[name], says[name])
    setText(this.source, source.name || 'the source')
    setText(this.reason, source.reason ? ` It says: ${source.reason}` : '')
    setText(this.next, nextTry(source.next_try_s))
  }
}
