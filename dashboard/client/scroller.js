// Where the reader is. On a wide screen the table scrolls itself, elsewhere the page does.
export class Scroller {
  constructor(root, head, space, { signal, onscroll }) {
    Object.assign(this, { root, head, space, top: 0, height: 0 })
    for (const target of [root, window]) target.addEventListener('scroll', onscroll, { signal, passive: true })
  }

  get scrollsItself() {
    return getComputedStyle(this.root).overflowY === 'auto'
  }

  /** Sets `top`, how much of the rows is above the visible part, and its `height`. */
  measure() {
    const from = this.head.getBoundingClientRect().bottom
    const to = this.scrollsItself ? this.root.getBoundingClientRect().bottom : window.innerHeight
    this.top = Math.max(0, from - this.space.getBoundingClientRect().top)
    this.height = Math.max(0, to - from)
  }

  by(delta) {
    if (this.scrollsItself) this.root.scrollTop += delta
    else window.scrollBy(0, delta)
    this.measure()
  }

  center(y) {
    this.measure()
    this.by(y - this.top - this.height / 2)
  }

  reveal(from, to) {
    this.measure()
    if (from < this.top) this.by(from - this.top)
    else if (to > this.top + this.height) this.by(to - this.top - this.height)
  }
}
