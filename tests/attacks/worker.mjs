// Answers the calls that are posted to it.
import { createEngine } from 'fhirwall';
import { execute } from './execute.mjs';

export default {
  async fetch(request) {
    return Response.json(await execute(createEngine, await request.json()));
  },
};
