// The page's static HTML as far as the modules hold on to it; the browser tests run against the real template.
const tags = (names, make) => names.map(make).join('')
const box = id => `<div id="${id}"></div>`

const SEARCH = `
  <div id="search-box"><input id="search"><button popovertarget="syntax"></button></div><p id="search-error" hidden></p>
  ${tags(['types', 'sources', 'fields'], id => `<button id="${id}-button" aria-expanded="false"><span class="count"></span></button><div id="${id}-menu"></div>`)}
  <div id="priorities">${tags(['low', 'normal', 'high', 'critical'], name => `<button data-value="${name}"></button>`)}</div>
  <div id="range">${tags(['15m', '1h', '24h', '7d', 'all', 'custom'], name => `<button data-value="${name}"></button>`)}</div>
  <form id="range-menu"><input name="start"><input name="end"><p class="field-error"></p><button type="button" data-close></button></form>
  <button id="sheet-button"><span class="count"></span></button><div id="chips"></div><div id="syntax"><button data-example="-heartbeat"></button></div><span id="matched"></span><span id="bars"></span>`

const TOP = `
  <button id="pill"><span class="led"></span><b></b><em></em></button><span id="pill-said"></span><div id="pill-menu" popover></div>
  <b id="total"></b><b id="clients"></b><b id="clients-word"></b><span id="agent-count"></span>
  <button id="pause"><svg></svg><span class="label"></span></button><button popovertarget="more-menu"></button><div id="more-menu"></div>
  ${tags(['share', 'test', 'theme', 'keys'], act => `<button data-act="${act}"></button>`)}
  <div id="banner">${tags(['title', 'since', 'before', 'source', 'after', 'reason', 'next'], name => `<b id="banner-${name}"></b>`)}<button id="retry"></button></div>`

const TABS = ['events', 'analytics', 'agents', 'health']

const EVENTS = `
  <button id="newbar" hidden><b></b><i></i></button>
  <div id="events" role="grid" tabindex="0"><div></div></div>
  <div id="nomatch" hidden><p id="nomatch-text"></p><div id="nomatch-options"></div></div>
  ${tags(['shown', 'updated', 'overload'], box)}
  <section id="empty" hidden>${tags(['curl', 'python', 'redis', 'demo'], name => `<button data-code="${name}"></button><pre id="code-${name}"></pre>`)}</section>`

const OTHERS = tags(['breakdown', 'source-bars', 'no-agents', 'checks', 'clients-sub', 'rejected', 'rejected-sub'], box)

export const PAGE = `
  <div id="app">${TOP}<dl id="kpis"></dl>
    <div id="tabs" role="tablist">${tags(TABS, name => `<button role="tab" id="tab-${name}" data-tab="${name}" aria-controls="panel-${name}"></button>`)}</div>
    ${SEARCH}
    ${tags(TABS, name => `<div id="panel-${name}">${name === 'events' ? EVENTS : ''}</div>`)}
    ${OTHERS}<table><tbody id="agent-rows"></tbody></table><table><tbody id="client-rows"></tbody></table>
    <aside id="drawer" hidden></aside>
    <button data-tab-link="health"></button>
  </div>
  <div id="scrim"></div><dialog id="sheet"></dialog><dialog id="keys-dialog"></dialog><dialog id="test-dialog"></dialog><div id="export-menu" popover></div><button id="export-button"></button><div id="views-menu" popover></div><button id="views-button"></button><div id="toast"></div>`
