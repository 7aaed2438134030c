// Answers every request with the result; the second request uses the isolate that the first one started.
import { conformance } from './conformance.mjs';

export default {
  async fetch() {
    return Response.json(await conformance());
  },
};
