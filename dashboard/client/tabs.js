// Tabs with arrow keys; the panel of the chosen one is shown.
export class Tabs {
  constructor(list, { signal, onchange }) {
    Object.assign(this, { list, onchange, tabs: [...list.querySelectorAll('[role=tab]')] })
    list.addEventListener('click', event => this.choose(event.target.closest('[role=tab]')), { signal })
    list.addEventListener('keydown', event => this.key(event), { signal })
  }

  choose(tab) {
    if (!tab || tab.getAttribute('aria-selected') === 'true') return
    this.show(tab.dataset.tab)
    this.onchange(tab.dataset.tab)
  }

  show(name) {
    for (const tab of this.tabs) {
      const on = tab.dataset.tab === name
      tab.setAttribute('aria-selected', String(on))
      tab.tabIndex = on ? 0 : -1
      document.getElementById(tab.getAttribute('aria-controls')).hidden = !on
    }
  }

  key(event) {
    const here = this.tabs.indexOf(document.activeElement)
    const last = this.tabs.length - 1
    const target = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here ? here - 1 : last, Home: 0, End: last }[
      event.key
    ]
    if (here < 0 || target === undefined) return
    event.preventDefault()
    this.tabs[target].focus()
    this.choose(this.tabs[target])
  }
}
