// Light, dark, or as the system has it. theme-boot.js applies the same choice before the first paint.
const CHOICES = ['system', 'light', 'dark']
const KEY = 'theme'

export class Theme {
  constructor({ signal, onchange, system = matchMedia('(prefers-color-scheme: dark)') }) {
    Object.assign(this, { onchange, system })
    system.addEventListener('change', () => this.apply(), { signal })
  }

  get choice() {
    try {
      const stored = localStorage.getItem(KEY)
      return CHOICES.includes(stored) ? stored : 'system'
    } catch {
      return this.unsaved ?? 'system'
    }
  }

  set choice(choice) {
    this.unsaved = choice
    try {
      localStorage.setItem(KEY, choice)
    } catch {
      // Storage may be denied, by throwing at its very name; the choice then lasts as long as the page.
    }
    this.apply()
  }

  get effective() {
    if (this.choice !== 'system') return this.choice
    return this.system.matches ? 'dark' : 'light'
  }

  apply() {
    const root = document.documentElement
    if (root.dataset.theme === this.effective) return
    root.dataset.theme = this.effective
    this.onchange(this.effective)
  }

  /** The next choice, skipping the step that would change nothing to the eye. */
  cycle() {
    const opposite = this.effective === 'dark' ? 'light' : 'dark'
    const natural = this.system.matches ? 'dark' : 'light'
    this.choice = opposite === natural ? 'system' : opposite
    return this.choice
  }
}
