import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { $$, fill } from './environment.js'
import { PAGE } from './skeleton.js'

const DASHBOARD = new URL('../../dashboard/', import.meta.url)
const read = path => readFileSync(new URL(path, DASHBOARD), 'utf8')
const template = read('theme/page.html')

const namesIn = (folder, ending) =>
  readdirSync(new URL(folder, DASHBOARD))
    .filter(name => name.endsWith(ending))
    .map(name => name.slice(0, -ending.length))
const listed = name => JSON.parse(template.match(new RegExp(`set ${name} = (\\[[^\\]]*\\])`))[1])

/** Ids that Jinja puts together in a loop: `tab-{{ tab }}` and the like. */
const LOOPED = /^(tab|panel|code)-/

/** What a module needs at once, and what it asks for when it is first used. */
function importsOf(name) {
  const text = read(`client/${name}.js`)
  const found = pattern => [...text.matchAll(pattern)].map(([, module]) => module)
  return { now: found(/from '\.\/([\w-]+)\.js'/g), later: found(/\bimport\('\.\/([\w-]+)\.js'\)/g) }
}

function reached(name, kinds, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  const imports = importsOf(name)
  for (const next of kinds.flatMap(kind => imports[kind])) reached(next, kinds, seen)
  return seen
}

test('the template holds every stylesheet, and preloads what the page begins with', () => {
  assert.deepEqual(listed('sheets').toSorted(), namesIn('theme/', '.css').toSorted())
  assert.deepEqual(listed('modules').toSorted(), [...reached('page', ['now'])].toSorted())
})

test('every module is reached from the page', () => {
  const classic = ['bridge', 'link', 'theme-boot']

  assert.deepEqual(
    [...classic, ...reached('page', ['now', 'later'])].toSorted(),
    namesIn('client/', '.js').toSorted(),
  )
})

test('what the modules are tested against is in the template', () => {
  fill(PAGE)
  const ids = $$('[id]')
    .map(node => node.id)
    .filter(id => !LOOPED.test(id))

  for (const id of ids) assert.match(template, new RegExp(`id="${id}"|segmented\\("${id}"`), id)
})

test('nothing of the template runs inline but the choice of a theme, and nothing comes from another host', () => {
  // What Jinja puts in by itself is Bokeh's, and carries a nonce.
  const boot = '<script nonce="{{ nonce }}">{{ read("client/theme-boot.js") }}</script>'
  const [before, after] = read('theme/page.html').split(boot)
  const template = `${before}${after}`.replaceAll(/\{\{.*?\}\}/g, '')
  assert.doesNotMatch(template, /\son\w+=/)
  assert.doesNotMatch(template, /<script(?![^>]*\ssrc=)/)
  assert.doesNotMatch(template, /(?:src|href)="(?:https?:)?\/\//)
  assert.doesNotMatch(template, /\sstyle="/)
  for (const name of namesIn('theme/', '.css'))
    assert.doesNotMatch(read(`theme/${name}.css`), /url\(|@import|<\//, name)
  assert.doesNotMatch(read('client/theme-boot.js'), /<\//)
})

test('every symbol that is used is in the sprite', () => {
  const symbols = new Set([...template.matchAll(/<symbol id="([ig]-[\w-]+)"/g)].map(([, id]) => id))
  const used = [...template.matchAll(/icon\("([\w-]+)"/g)].map(([, name]) => `i-${name}`)
  for (const module of namesIn('client/', '.js'))
    used.push(...[...read(`client/${module}.js`).matchAll(/icon\('([\w-]+)'/g)].map(([, name]) => `i-${name}`))

  assert.deepEqual(
    used.filter(id => !symbols.has(id)),
    [],
  )
})
