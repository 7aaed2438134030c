// Writes.
import { type Interact, Refusal } from '../exchange.js';

export const conditional: Interact = () =>
  Promise.reject(new Refusal(403, 'not-supported', 'this gateway reads only', 'read-only'));
