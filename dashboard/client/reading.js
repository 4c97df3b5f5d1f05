// Which event is open: in the table, in the drawer and at the server alike.
export class Reading {
  /** `tell` is given the id of what was opened, '' for nothing; it answers with the detail, where that is known. */
  constructor({ app, root, table, drawer, tell }) {
    Object.assign(this, { app, root, table, drawer, tell, opened: null })
  }

  open(id) {
    if (id === this.opened) return
    this.opened = id
    this.table.select(id)
    this.app.dataset.drawer = 'open'
    this.root.hidden = false
    const event = this.table.selectedEvent
    if (event) this.drawer.preview(event)
    else this.drawer.clear()
    this.take(this.tell(id))
  }

  close() {
    const hadKeys = this.root.contains(document.activeElement)
    this.opened = null
    this.app.dataset.drawer = 'closed'
    this.root.hidden = true
    this.drawer.clear()
    // Who was in it with the keys goes on where the event is.
    if (hadKeys) this.table.enterLive()
    this.tell('')
  }

  /** The reader is done: what was held may come. */
  letGo() {
    this.close()
    this.table.select(null)
  }

  escape() {
    if (this.opened !== null) this.close()
    else this.table.select(null)
  }

  /** A detail may come late: only that of what is open now is shown. */
  take(detail) {
    if (detail?.event && detail.event.id === this.opened) this.drawer.show(detail)
  }

  /** The server's choice, as from an address with an event in it. */
  follow(id) {
    if (id) {
      this.table.reveal(id)
      this.open(id)
    } else if (this.opened !== null) this.close()
  }
}
