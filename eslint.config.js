import js from '@eslint/js'
import globals from 'globals'

const classic = ['dashboard/client/bridge.js', 'dashboard/client/link.js', 'dashboard/client/theme-boot.js']

export default [
  js.configs.recommended,
  {
    rules: {
      complexity: ['error', 14],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-depth': ['error', 3],
      'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-var': 'error',
      'prefer-const': 'error',
      // Event content is hostile: it enters the page as text only.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'setHTMLUnsafe'].map(property => ({ property })),
      ],
    },
  },
  {
    files: ['dashboard/client/**/*.js', 'dashboard/api/static/**/*.js'],
    ignores: classic,
    languageOptions: { globals: globals.browser, sourceType: 'module' },
  },
  { files: classic, languageOptions: { globals: { ...globals.browser, Bokeh: 'readonly', serverLink: 'readonly' }, sourceType: 'script' } },
  {
    files: ['tests/js/**/*.js', 'tests/benchmarks/**/*.mjs', 'eslint.config.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'max-lines-per-function': 'off', 'no-restricted-properties': 'off' },
  },
]
