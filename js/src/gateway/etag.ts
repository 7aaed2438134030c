// Versions and times of what is released, and the conditions that a client puts on them (SPEC 14).

interface Released {
  readonly meta?: { readonly versionId?: unknown; readonly lastUpdated?: unknown };
  readonly [name: string]: unknown;
}

/** `ETag` and `Last-Modified` from what `meta` shows the caller, and from nothing else. */
export function validators(released: Released): Record<string, string> {
  const headers: Record<string, string> = {};
  const { versionId, lastUpdated } = released.meta ?? {};
  if (typeof versionId === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(versionId)) {
    headers['etag'] = `W/"${versionId}"`;
  }
  const time = typeof lastUpdated === 'string' ? Date.parse(lastUpdated) : NaN;
  if (!Number.isNaN(time)) headers['last-modified'] = new Date(time).toUTCString();
  return headers;
}

/** Does the client have this version already? Asked only after it may be read. */
export function notModified(request: Request, headers: Readonly<Record<string, string>>): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const wanted = request.headers.get('if-none-match');
  if (wanted !== null) {
    const own = headers['etag']?.slice(2);
    if (own === undefined) return false;
    return wanted.split(',').some((tag) => {
      const text = tag.trim();
      return text === '*' || text.replace(/^W\//, '') === own;
    });
  }
  const since = Date.parse(request.headers.get('if-modified-since') ?? '');
  const changed = Date.parse(headers['last-modified'] ?? '');
  return changed <= since; // false where either is unknown
}
