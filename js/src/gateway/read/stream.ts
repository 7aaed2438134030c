// Answers that go through the engine as they come, no faster than the client takes them (SPEC 8.4).
import { LimitError, ResourceError } from '../../errors.js';
import type { ResolvedResources } from '../../types.js';
import { type Exchange, Refusal } from '../exchange.js';
import { isFhirJson, isFhirLines, released } from '../headers.js';
import { resolveReferences } from '../resolve.js';
import { type Chunks, chunksOf, joined, unreadable } from '../upstream.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** What ends a body when its head is gone already. It says nothing of why. */
class Interrupted extends Error {}

const kHeldBytes = 64 << 10; // an answer that short is decided as a whole, so that a failure is a status

const ends = new WeakMap<Response, Promise<void>>();

/** Settles when the body has ended, if it streams: `released` and `refused` of the record are complete then. */
export const endOf = (response: Response): Promise<void> | undefined => ends.get(response);

export function carryEnd(from: Response, to: Response): Response {
  const end = ends.get(from);
  if (end !== undefined) ends.set(to, end);
  return to;
}

/** The failures of the engine with an upstream's body, as SPEC 14 has them. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof LimitError) return unreadable('limit');
  if (error instanceof ResourceError) return unreadable(error.code);
  return error;
}

async function pump(source: Chunks, writable: WritableStream<Uint8Array>) {
  const writer = writable.getWriter();
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      await writer.write(chunk);
    }
    await writer.close();
  } catch (error) {
    source.cancel();
    await writer.abort(error).catch(() => undefined);
  }
}

function one(body: Bytes): Chunks {
  let rest: Bytes | undefined = body;
  return {
    next() {
      const chunk = rest;
      rest = undefined;
      return Promise.resolve(chunk);
    },
    cancel: () => undefined,
  };
}

const isSpace = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;
const kBrace = 0x7d;
const kJoinedBytes = 8 << 10;

/** Puts `"link":...` in front of the last brace. What might be the end is held back until more comes. */
class LinkEnd {
  #tail: Bytes = new Uint8Array(0);

  /** What can go out now: large parts are not copied for the sake of one byte. */
  add(chunk: Bytes): readonly Bytes[] {
    const before = this.#tail;
    let cut = chunk.length - 1;
    while (cut >= 0 && isSpace(chunk[cut] as number)) --cut;
    if (cut < 0) {
      this.#tail = joined([before, chunk]);
      return [];
    }
    this.#tail = chunk.slice(cut);
    const out = chunk.subarray(0, cut);
    return before.length + cut <= kJoinedBytes ? [joined([before, out])] : [before, out];
  }

  end(links: string): Bytes {
    if (this.#tail[0] !== kBrace) throw unreadable('no-bundle');
    return joined([new TextEncoder().encode(`,"link":${links}`), this.#tail]);
  }
}

export interface Filtering {
  readonly format: 'bundle' | 'ndjson';
  readonly interaction: 'search' | 'history';
  /** `Bundle.link` of the answer, from what the filter kept of the upstream's. */
  readonly links?: (kept: string | undefined) => Promise<string>;
}

/** The filtered answer. A failure before its first byte is a Refusal; a later one breaks it off. */
export async function filtered(
  exchange: Exchange,
  answer: Response,
  { format, interaction, links }: Filtering,
): Promise<Response> {
  const { policy, record, upstream, timeout } = exchange;
  const isLines = format === 'ndjson';
  if (!(isLines ? isFhirLines : isFhirJson)(answer.headers)) {
    void answer.body?.cancel().catch(() => undefined);
    throw unreadable('media-type');
  }
  let chunks: Chunks;
  let resolved: ResolvedResources | undefined;
  if (!isLines && (exchange.options.maxReferences ?? 0) > 0) {
    const whole = await upstream.json(answer); // what is looked at stands anywhere in it
    try {
      resolved = await resolveReferences(exchange, whole, interaction);
    } catch (error) {
      throw refusalOf(error);
    }
    chunks = one(whole);
  } else {
    chunks = chunksOf(answer, timeout);
  }
  const rewrite = { from: upstream.baseUrl, to: exchange.baseUrl };
  const options = { format, interaction, resolved, ...(isLines ? {} : { rewrite }) };
  const filter = policy.filterStream(options);
  void pump(chunks, filter.writable);
  const reader = filter.readable.getReader();
  const tail = links === undefined ? undefined : new LinkEnd();
  let open = true;

  const ready: Bytes[] = [];
  /** Undefined at the end. Never empty. */
  const next = async (): Promise<Bytes | undefined> => {
    for (;;) {
      const first = ready.shift();
      if (first === undefined && !open) return undefined;
      if (first !== undefined) {
        if (first.length > 0) return first;
        continue;
      }
      const { done, value } = await reader.read();
      if (!done) {
        ready.push(...(tail === undefined ? [value] : tail.add(value)));
        continue;
      }
      open = false;
      record.released = filter.counts.released;
      record.refused = filter.counts.refused;
      if (tail !== undefined && links !== undefined)
        ready.push(tail.end(await links(filter.links)));
    }
  };

  const head: Bytes[] = [];
  try {
    const length = Number(answer.headers.get('content-length') ?? NaN);
    for (
      let held = length <= kHeldBytes || resolved !== undefined, first = true;
      held || first;
      first = false
    ) {
      const chunk = await next();
      if (chunk === undefined) break;
      head.push(chunk);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    throw refusalOf(error);
  }
  const kType = isLines ? 'application/fhir+ndjson' : 'application/fhir+json; charset=utf-8';
  const headers = { 'content-type': kType };
  if (!open) return released(joined(head), headers);

  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const body = new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const chunk = head.shift() ?? (await next());
          if (chunk !== undefined) return controller.enqueue(chunk);
          controller.close();
        } catch (error) {
          const known = refusalOf(error);
          record.reason = known instanceof Refusal ? known.reason : 'interrupted';
          void reader.cancel().catch(() => undefined);
          controller.error(new Interrupted('the answer ends here'));
        }
        ended();
      },
      async cancel(reason) {
        record.reason = 'disconnected';
        record.released = filter.counts.released;
        record.refused = filter.counts.refused;
        ended();
        await reader.cancel(reason).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const response = released(body, headers);
  ends.set(response, end);
  return response;
}
