// A gateway in workerd in front of a FHIR server of upstream.mjs.
import path from 'node:path';
import { bundle, workFolder } from '../runtimes/harness.mjs';
import { serve } from '../runtimes/workerd.mjs';

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/**
 * Bundles `entry`, with the server's address as `UPSTREAM`, and runs it: `{ base, end }`, the URL it is at, and what ends worker and
 * server.
 */
export async function inWorkerd(name, entry, server) {
  const ready = deferred();
  const stop = deferred();
  const running = server.listening(async (upstream) => {
    const folder = workFolder(name);
    await bundle(entry, path.join(folder, 'worker.js'), 'workerd', {
      esbuild: { define: { UPSTREAM: JSON.stringify(upstream) } },
    });
    const work = (base) => {
      ready.resolve(base);
      return stop.promise;
    };
    await serve(folder, work, { local: true });
  });
  running.catch(ready.reject);
  const base = await ready.promise;
  const end = () => {
    stop.resolve();
    return running;
  };
  return { base, end };
}
