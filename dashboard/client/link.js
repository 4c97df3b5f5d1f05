// Keeps the page connected, where Bokeh's own client gives up, waits for ever or is confused by what broke off.
// Classic, because it must be in force before Bokeh embeds the document; a page on a wall has nobody to reload it.
;(() => {
  const { ClientConnection } = Bokeh.require('client/connection')
  const { Receiver } = Bokeh.require('protocol/receiver')
  const { Document } = Bokeh.require('document/document')

  const RETRY_MS = 3000
  const MOST_RETRY_MS = 60_000
  const LOOK_MS = 5000
  /** The server says something every five seconds; a network that swallows everything breaks no connection. */
  const SILENT_MS = 30_000
  const ANSWERS_WITHIN_MS = 5000
  const LOADS = 'loads-in-vain'

  let connection = null
  let heardAt = Date.now()
  let answered = 0
  /** Whether the document is the one that the server has at the other end of this connection. */
  let isInStep = true

  const { connect } = ClientConnection.prototype
  ClientConnection.prototype.connect = function () {
    connection = this
    isInStep = this.session === null
    // A message comes in parts. Those of one that was cut off would be taken for the beginning of the first that follows.
    this._receiver = new Receiver()
    const connecting = connect.call(this)
    // A connection that breaks before it has given a document is not made again.
    connecting.catch(() => this.session ?? setTimeout(loadAgain, retryMs()))
    return connecting
  }

  const { send } = ClientConnection.prototype
  ClientConnection.prototype.send = function (message) {
    // While it is being made a socket throws, and of what the old document had the new server knows nothing.
    const isUnheard = this.socket?.readyState !== WebSocket.OPEN || (message.msgtype() === 'PATCH-DOC' && !isInStep)
    if (!isUnheard) send.call(this, message)
  }

  const { destructively_move: move } = Document.prototype
  Document.prototype.destructively_move = function (target) {
    target.add_root = root => {
      isInStep = true
      // What the server has just sent need not go back to it.
      Document.prototype.add_root.call(target, root, { sync: false })
    }
    try {
      move.call(this, target)
    } finally {
      delete target.add_root
    }
  }

  const retryMs = () => Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** loadsInVain())

  function loadsInVain(number) {
    try {
      if (number !== undefined) sessionStorage.setItem(LOADS, String(number))
      return Number(sessionStorage.getItem(LOADS))
    } catch {
      // Where storage is denied, each load may be the first.
      return 0
    }
  }

  /** Whether the server, and not only a proxy before it, would give the page. */
  async function isServed() {
    try {
      const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
      return (await fetch(location.href, { method: 'HEAD', signal })).status < 500
    } catch {
      return false
    }
  }

  function load() {
    loadsInVain(loadsInVain() + 1)
    location.reload()
  }

  async function loadAgain() {
    if (await isServed()) load()
    else setTimeout(loadAgain, RETRY_MS)
  }

  /** A browser waits up to a minute for the other end to agree to a close. */
  function abandon(socket) {
    const { onclose } = socket
    Object.assign(socket, { onclose: null, onerror: null, onmessage: null })
    socket.close()
    onclose(new CloseEvent('close', { code: 1006, reason: 'nothing was heard' }))
  }

  /** What has been silent for long is connected anew; where that did not help, as after an update, the page is loaded anew. */
  async function look() {
    if (document.hidden || connection === null || Date.now() - heardAt < SILENT_MS) return
    heardAt = Date.now()
    if (connection.socket) abandon(connection.socket)
    else connection.reconnect()
    answered = (await isServed()) ? answered + 1 : 0
    if (answered > 1) load()
  }

  setInterval(look, LOOK_MS)
  // To a hidden page nothing is said.
  document.addEventListener('visibilitychange', () => {
    heardAt = Date.now()
  })

  globalThis.serverLink = {
    heard() {
      if (!isInStep) return
      heardAt = Date.now()
      answered = 0
      loadsInVain(0)
    },
  }
})()
