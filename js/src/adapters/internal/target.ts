// The request target of HTTP/1.1, kept as it was sent (SPEC 13.1). `new URL` would take dot segments away, turn backslashes, and
// write other characters anew, so that the gateway would decide on another path than the client sent: all of that is refused.

const kHost = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

// The only rewriting that is none: the same characters, percent-encoded. Clients that use `encodeURIComponent` send `'` as it is.
const kInQuery: Readonly<Record<string, string>> = {
  "'": '%27',
  '"': '%22',
  '<': '%3C',
  '>': '%3E',
};

/** The URL of a request; undefined where it is not the one that was sent. */
export function urlOf(
  protocol: 'http' | 'https',
  host: string | undefined,
  target: string,
): string | undefined {
  if (host === undefined || !kHost.test(host) || !target.startsWith('/')) return undefined;
  const query = target.indexOf('?');
  const sent =
    query < 0
      ? target
      : target.slice(0, query) +
        target.slice(query).replace(/['"<>]/g, (character) => kInQuery[character] ?? character);
  let url: URL;
  try {
    url = new URL(`${protocol}://${host}${sent}`);
  } catch {
    return undefined;
  }
  return url.href === `${url.origin}${sent}` && url.hash === '' ? url.href : undefined;
}
