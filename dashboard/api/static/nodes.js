// Nodes of the page. Text enters as text nodes alone.

export function el(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

export function button(className, label, onclick) {
  const node = el('button', className, label)
  node.type = 'button'
  node.addEventListener('click', onclick)
  return node
}

/** A line of the little Markdown that descriptions use: `code`, **strong**, *emphasis*. */
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/).map(part => {
    if (/^`.+`$/.test(part)) return el('code', '', part.slice(1, -1))
    if (/^\*\*.+\*\*$/.test(part)) return el('strong', '', part.slice(2, -2))
    if (/^\*.+\*$/.test(part)) return el('em', '', part.slice(1, -1))
    return part
  })
}

/** Paragraphs and lists. */
export function prose(text) {
  return text.trim().split(/\n{2,}/).flatMap(block => {
    const items = block.split(/^- /m).filter(item => item.trim())
    if (!block.startsWith('- ')) return [el('p', '', ...inline(block.replaceAll('\n', ' ')))]
    return [el('ul', 'points', ...items.map(item => el('li', '', ...inline(item.trim().replaceAll(/\s+/g, ' ')))))]
  })
}

export const codeBlock = text => {
  const node = el('pre', 'code', text)
  node.tabIndex = 0
  return node
}
