// Short words that go by themselves: a few at a time, and what is said again is counted, not repeated.
import { bdi, button, el, icon, setText } from './dom.js'

const SHOWN_MS = 4000
const ERROR_MS = 12_000
const AT_MOST = 3

export class Toast {
  constructor(root, { signal }) {
    Object.assign(this, { root, notes: [] })
    root.addEventListener('click', event => this.dismiss(event.target.closest('.toast')), { signal })
    // Who reads or reaches for one is not hurried.
    root.addEventListener('pointerenter', () => this.notes.forEach(note => clearTimeout(note.timer)), { signal })
    root.addEventListener('pointerleave', () => this.notes.forEach(note => this.wind(note)), { signal })
    signal.addEventListener('abort', () => this.clear())
  }

  /** What a setting is now takes the place of what it was. */
  tell(name, value) {
    this.dismiss(this.notes.find(note => note.text.startsWith(`${name}: `))?.node)
    this.show(`${name}: ${value}`)
  }

  /** `tone` is '', 'ok' or 'bad'; `action` is `{label, run}`, a button beside the words. */
  show(text, tone = '', action = null) {
    const same = this.notes.find(note => note.text === text && note.tone === tone)
    const note = same ?? this.add(text, tone)
    if (same) setText(note.times, `×${(note.count += 1)}`)
    note.run.replaceChildren(...(action ? [button('btn tiny', '', action.run, action.label)] : []))
    this.wind(note)
  }

  add(text, tone) {
    const [times, run] = [el('span', 'times dim'), el('span', 'run')]
    const node = el('div', 'toast pop', bdi(text), times, run, button('', 'Dismiss', null, icon('x', 'xs')))
    node.dataset.tone = tone
    const note = { text, tone, node, times, run, count: 1, timer: null }
    this.notes.push(note)
    for (const old of this.notes.slice(0, -AT_MOST)) this.dismiss(old.node)
    // Shown first: what changes in a region that is not shown goes unsaid.
    this.root.showPopover()
    this.root.append(node)
    return note
  }

  wind(note) {
    clearTimeout(note.timer)
    note.timer = setTimeout(() => this.dismiss(note.node), note.tone === 'bad' ? ERROR_MS : SHOWN_MS)
  }

  dismiss(node) {
    const note = this.notes.find(candidate => candidate.node === node)
    if (!note) return
    clearTimeout(note.timer)
    this.notes = this.notes.filter(other => other !== note)
    node.remove()
    if (!this.notes.length) this.root.hidePopover()
  }

  clear() {
    for (const note of [...this.notes]) this.dismiss(note.node)
  }
}
