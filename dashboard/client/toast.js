// One short word at a time: a new one takes the place of the old.
const SHOWN_MS = 4000

export class Toast {
  constructor(root, { signal }) {
    Object.assign(this, { root, timer: null })
    signal.addEventListener('abort', () => clearTimeout(this.timer))
  }

  show(text, tone = '') {
    clearTimeout(this.timer)
    this.root.textContent = text
    this.root.dataset.tone = tone
    this.root.showPopover()
    this.timer = setTimeout(() => this.root.hidePopover(), SHOWN_MS)
  }
}
