declare module 'progress' {
  interface Options {
    total: number;
    width?: number;
    clear?: boolean;
    stream?: NodeJS.WritableStream;
    renderThrottle?: number;
  }
  export default class ProgressBar {
    constructor(format: string, options: Options);
    tick(by: number, tokens?: Record<string, string>): void;
    terminate(): void;
  }
}
