// JSON as a folding tree: built as far as it is opened, one line a value, with copy and filter on each.
import { bdi, button, el, icon } from './dom.js'
import { count } from './format.js'
import { isLeaf, valueText } from './json.js'

const OPEN_DEPTH = 3
const OPEN_SIZE = 40
const OPEN_LINES = 300
const PAGE = 200
const LONG = 1000

const beginning = text => text.slice(0, LONG).replace(/[\uD800-\uDBFF]$/, '')

const brackets = node => (node.kind === 'object' ? '{}' : '[]')

/** A path for the filter; a list's members share the path of the list, as the search sees them. */
const childPath = (parent, path, key) => (parent.kind === 'object' ? [...path, key] : path)

export class JsonTree {
  /** `onfilter(path, text)` and `oncopy(text)` get what the line stands for. */
  constructor(root, source, { label, onfilter, oncopy }) {
    Object.assign(this, { source, onfilter, oncopy })
    this.list = el('ul', 'json')
    this.list.setAttribute('role', 'tree')
    this.list.setAttribute('aria-label', label)
    this.list.addEventListener('keydown', event => this.key(event))
    this.budget = OPEN_LINES
    this.list.append(...this.lines({ key: null, node: root, depth: 0, path: [] }))
    this.list.querySelector('.line').tabIndex = 0
  }

  lines(entry) {
    const line = this.line(entry)
    if (isLeaf(entry.node)) return [line]
    const size = entry.node.entries.length
    const closing = this.closing(entry.node, entry.depth)
    const branch = { ...entry, line, closing, shown: [], size }
    line.addEventListener('click', event => event.target.closest('button') || this.fold(branch))
    line.branch = branch
    this.mark(branch, false)
    if (!size || entry.depth >= OPEN_DEPTH || size > Math.min(OPEN_SIZE, this.budget)) return [line]
    this.budget -= size
    return [line, ...this.unfold(branch)]
  }

  line({ key, node, depth, path }) {
    const line = el('li', 'line', el('span', 'twist'), el('span', 'text'))
    line.setAttribute('role', 'treeitem')
    line.setAttribute('aria-level', String(depth + 1))
    line.tabIndex = -1
    line.style.setProperty('--depth', depth)
    const text = line.lastChild
    if (typeof key === 'string') text.append(el('span', 'key', bdi(JSON.stringify(key))), el('span', 'mark', ': '))
    const shown = isLeaf(node) ? bdi(node.text) : ''
    text.append(isLeaf(node) ? el('span', node.kind, shown) : el('span', 'mark'))
    if (isLeaf(node) && node.text.length > LONG) line.append(this.cut(shown, node.text))
    line.append(this.actions(node, path))
    return line
  }

  /** A long text is cut: laying it out whole costs more than the rest of the tree. */
  cut(shown, text) {
    shown.textContent = `${beginning(text)}…`
    const rest = button('more', '', () => {
      shown.textContent = text
      rest.remove()
    }, `all ${count(text.length)} characters`)
    rest.tabIndex = -1
    return rest
  }

  actions(node, path) {
    const copy = button('', 'Copy value', () => this.oncopy(valueText(node, this.source)), icon('copy', 'xs'))
    const acts = el('span', 'acts', copy)
    // What holds no text of its own is filtered by its being there.
    const text = isLeaf(node) && node.text !== 'null' ? valueText(node, this.source) : ''
    if (path.length) acts.append(button('', 'Filter by this', () => this.onfilter(path, text), icon('filter', 'xs')))
    for (const node_ of acts.children) node_.tabIndex = -1
    return acts
  }

  closing(node, depth) {
    const line = el('li', 'line', el('span', 'twist'), el('span', 'mark', brackets(node)[1]))
    line.setAttribute('role', 'presentation')
    line.style.setProperty('--depth', depth)
    return line
  }

  mark(branch, open) {
    const [opening, closing] = brackets(branch.node)
    const unit = branch.node.kind === 'object' ? 'key' : 'item'
    const folded = branch.size
      ? `${opening} ${branch.size} ${unit}${branch.size === 1 ? '' : 's'} ${closing}`
      : opening + closing
    branch.open = open
    if (branch.size) branch.line.setAttribute('aria-expanded', String(open))
    branch.line.firstChild.textContent = branch.size ? (open ? '▾' : '▸') : ''
    branch.line.querySelector('.text').lastChild.textContent = open ? opening : folded
  }

  unfold(branch, from = 0) {
    this.mark(branch, true)
    const { node, depth, path } = branch
    const lines = node.entries
      .slice(from, from + PAGE)
      .flatMap(([key, child]) => this.lines({ key, node: child, depth: depth + 1, path: childPath(node, path, key) }))
    const rest = node.entries.length - from - PAGE
    if (rest > 0) lines.push(this.more(branch, from + PAGE, rest))
    branch.shown.push(...lines)
    return from ? lines : [...lines, branch.closing]
  }

  more(branch, from, rest) {
    const line = el('li', 'line more', `${count(rest)} more`)
    line.setAttribute('role', 'treeitem')
    line.setAttribute('aria-level', String(branch.depth + 2))
    line.tabIndex = -1
    line.style.setProperty('--depth', branch.depth + 1)
    line.more = () => {
      this.budget = OPEN_LINES
      const lines = this.unfold(branch, from)
      branch.shown.splice(branch.shown.indexOf(line), 1)
      line.replaceWith(...lines)
      this.focus(lines[0], line)
    }
    line.addEventListener('click', () => line.more())
    return line
  }

  fold(branch) {
    if (!branch.size) return
    this.budget = OPEN_LINES
    if (branch.open) this.close(branch)
    else branch.line.after(...this.unfold(branch))
  }

  close(branch) {
    for (const line of branch.shown) {
      if (line.branch?.open) this.close(line.branch)
      line.remove()
    }
    branch.closing.remove()
    branch.shown = []
    this.mark(branch, false)
  }

  key(event) {
    const line = event.target.closest('[role=treeitem]')
    if (!line || event.target !== line) return
    const lines = [...this.list.querySelectorAll('[role=treeitem]')]
    const here = lines.indexOf(line)
    const moves = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: lines.length - 1 }
    if (Object.hasOwn(moves, event.key))
      this.focus(lines[Math.min(lines.length - 1, Math.max(0, moves[event.key]))], line)
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') this.turn(line, event.key === 'ArrowRight')
    else if (event.key === 'Enter') this.enter(line)
    else if (event.key === 'c') line.querySelector('.acts button')?.click()
    else if (event.key === 'f') line.querySelector('.acts button:nth-child(2)')?.click()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  enter(line) {
    if (line.branch) this.fold(line.branch)
    else (line.more ? line : line.querySelector('.more'))?.click()
  }

  turn(line, open) {
    if (line.branch && line.branch.open !== open) this.fold(line.branch)
  }

  focus(line, from) {
    from.tabIndex = -1
    line.tabIndex = 0
    line.focus()
  }
}
