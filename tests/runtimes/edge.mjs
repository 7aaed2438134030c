import { conformance } from './conformance.mjs';

globalThis.result = conformance().then((result) => JSON.stringify(result));
