// The package as TypeScript sees it; package.json's exports map picks the file of load/ at run time.
export * from './public.js';
export { createEngine } from './load/browser.js';
