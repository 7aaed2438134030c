// filterStream: a pair of streams around one handle. It is built from its two sides and not from `new TransformStream(...)`,
// since a cancelled reader must give the engine's memory back, which not every runtime tells a transformer, and since a runtime
// that ignores the transformer would let everything through.
import { checkBytes, isBytes } from './input.js';
import type { Boundary, StreamTotals } from './memory.js';
import type { FilterStream, StreamCounts } from './types.js';

export function openFilterStream(boundary: Boundary, stream: number): FilterStream {
  const totals: StreamTotals = { released: 0, refused: 0, invalid: 0 };
  let reader: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  let writer: WritableStreamDefaultController;
  let wanted: (() => void) | undefined; // continues a writer that waits for the reader
  let open = true;
  let links: string | undefined;

  const close = () => {
    if (!open) return;
    open = false;
    boundary.freeStream(stream);
    wanted?.();
  };
  const count = (now: StreamTotals) => void Object.assign(totals, now);
  const take = (bytes: Uint8Array<ArrayBuffer>) => reader.enqueue(bytes);
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      close();
      reader.error(error);
      throw error; // errors the writable side
    }
  };

  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        reader = controller;
      },
      pull() {
        wanted?.();
      },
      cancel(reason) {
        close();
        writer.error(reason);
      },
    },
    { highWaterMark: 0 },
  );

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      writer = controller;
      // Aborting waits for a write that waits for the reader, so that write must end first.
      controller.signal?.addEventListener('abort', () => wanted?.());
    },
    write(chunk) {
      guard(() => {
        if (!isBytes(chunk)) throw new TypeError('a chunk is a Uint8Array');
        boundary.writeStream(stream, checkBytes(chunk), take, count);
      });
      return ready();
    },
    close() {
      guard(() => {
        boundary.endStream(stream, take, count);
        links = boundary.streamLinks(stream) || undefined;
      });
      close();
      reader.close();
    },
    abort(reason) {
      close();
      reader.error(reason);
    },
  });

  // Backpressure: the next chunk is taken when the reader has taken what there is.
  function ready(): Promise<void> | undefined {
    if (!open || (reader.desiredSize ?? 0) >= 0) return undefined;
    return new Promise((resolve) => {
      wanted = () => {
        wanted = undefined;
        resolve();
      };
    });
  }

  const counts: StreamCounts = Object.freeze({
    get released() {
      return totals.released;
    },
    get refused() {
      return totals.refused;
    },
    get invalid() {
      return totals.invalid;
    },
  });
  return Object.freeze({
    readable,
    writable,
    counts,
    get links() {
      return links;
    },
  });
}
