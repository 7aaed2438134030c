// Runs the conformance script here or in a module worker, as the fragment says, and leaves the answer in the page.
import { answer } from './answer.mjs';

const leave = (value) => (document.documentElement.dataset.result = JSON.stringify(value));

if (location.hash === '#worker') {
  const worker = new Worker('worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => leave(data);
  worker.onerror = ({ message }) => leave({ error: message ?? 'the worker did not start' });
} else {
  leave(await answer());
}
