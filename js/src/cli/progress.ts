// A bar on an interactive stderr, for input whose size is known; otherwise nothing is drawn.
import ProgressBar from 'progress';

export interface Progress {
  advance(bytes: number): void;
  end(): void;
}

const mib = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

export function progressOf(
  stderr: NodeJS.WritableStream & { isTTY?: boolean },
  size: number | undefined,
): Progress {
  if (!stderr.isTTY || !size) return { advance() {}, end() {} };
  const bar = new ProgressBar(`[:bar] :percent of ${mib(size)}, :etas left`, {
    total: size,
    width: 40,
    clear: true,
    stream: stderr,
    renderThrottle: 100,
  });
  return { advance: (bytes) => bar.tick(bytes), end: () => bar.terminate() };
}
