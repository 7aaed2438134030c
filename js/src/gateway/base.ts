// Where the gateway stands, and what of a request's URL is FHIR's.

/** A request's place. */
export interface Place {
  /** Where this client finds the gateway: with origin, without trailing slash. */
  readonly baseUrl: string;
  /** The rest, as it was sent: `Patient/1?x=y`, without leading slash. Not decoded: what is not canonical is the guard's to see. */
  readonly url: string;
}

/** Undefined for a request to somewhere else. */
export type Locate = (request: Request) => Place | undefined;

export function locator(option = '/fhir'): Locate {
  const absolute = /^https?:\/\//.test(option);
  if (!absolute && !option.startsWith('/')) {
    throw new TypeError('`baseUrl` is a path that begins with `/`, or a URL');
  }
  const trimmed = option.replace(/\/$/, '');
  const url = new URL(absolute ? option : `http://host${option}`);
  const path = url.pathname.replace(/\/$/, '');
  if (!(absolute ? trimmed === url.origin + path : trimmed === path)) {
    throw new TypeError('`baseUrl` is not written as a browser would write it');
  }
  return (request) => {
    const whole = request.url.split('#', 1)[0] as string;
    const slash = whole.indexOf('/', whole.indexOf('//') + 2);
    const origin = slash < 0 ? whole : whole.slice(0, slash);
    const rest = slash < 0 ? '' : whole.slice(slash);
    if (!rest.startsWith(path)) return undefined;
    const below = rest.slice(path.length);
    if (below !== '' && below[0] !== '/' && below[0] !== '?') return undefined;
    return {
      baseUrl: absolute ? trimmed : origin + path,
      url: below[0] === '/' ? below.slice(1) : below,
    };
  };
}

/** Without trailing slash; below it stands everything that the gateway calls. */
export function upstreamBase(option: string): string {
  const url = new URL(option);
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('the upstream is an http(s) URL without query');
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('credentials of the upstream stand in its `headers`');
  }
  return url.href.replace(/\/$/, '');
}

/** Does a URL of the upstream lie below its base? Then what follows the base; dots and the like are refused. */
export function belowBase(baseUrl: string, url: string): string | undefined {
  if (!url.startsWith(`${baseUrl}/`) && !url.startsWith(`${baseUrl}?`)) return undefined;
  const rest = url.slice(baseUrl.length).replace(/^\//, '');
  return isPlain(rest) ? rest : undefined;
}

/** A relative URL that no parser takes elsewhere: no dot segment, empty segment, backslash, fragment or white space. */
export function isPlain(url: string): boolean {
  if (!/^[!$-~]*$/.test(url) || url.includes('\\')) return false;
  const path = url.split('?', 1)[0] as string;
  return !path.split('/').some((part, index) => {
    const plain = part.replaceAll(/%2e/gi, '.');
    return plain === '.' || plain === '..' || (part === '' && (index > 0 || path !== ''));
  });
}
