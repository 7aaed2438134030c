// Used as `eslint -c .eslint.config.mjs`.
import js from '@eslint/js';
import typescript from 'typescript-eslint';

const globals = Object.fromEntries(
  [
    ...['console', 'process', 'performance', 'Buffer', 'setTimeout', 'clearTimeout', 'setInterval'],
    ...['clearInterval', 'queueMicrotask', 'structuredClone', 'fetch', 'URL', 'URLSearchParams'],
    ...['Request', 'Response', 'Headers', 'TextEncoder', 'TextDecoder', 'AbortController'],
    ...['AbortSignal', 'ReadableStream', 'WritableStream', 'TransformStream', 'WebAssembly'],
    ...['crypto', 'Blob', 'Worker', 'document', 'window', 'self', 'location', 'WebSocket'],
    ...[
      'globalThis',
      'Deno',
      'Bun',
      'EdgeRuntime',
      'addEventListener',
      'postMessage',
      'SharedArrayBuffer',
    ],
    ...[
      'setImmediate',
      'DOMException',
      'atob',
      'btoa',
      'FileReader',
      'navigator',
      'history',
      'Event',
      'EventTarget',
    ],
    ...['MessageChannel', 'caches', 'FinalizationRegistry', 'WeakRef'],
  ].map((name) => [name, 'readonly']),
);

export default typescript.config(
  { ignores: ['build/**', '**/node_modules/**', 'npm/dist/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals },
  },
  ...typescript.configs.recommended.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.{js,mjs,ts}'],
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
);
