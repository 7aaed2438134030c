// Which part of the gateway carries out what the guard allows.
import { type Interact, Refusal } from './exchange.js';
import { goesOn, refusalBy } from './guard.js';
import { read } from './read/instance.js';
import { operation } from './read/operation.js';
import { history, search } from './read/search.js';
import { batch } from './write/batch.js';
import { conditional } from './write/conditional.js';
import { create, patch, remove, update } from './write/write.js';

/** Carries out a request, or an entry of a batch. @throws Refusal, also where the check refuses */
export const interact: Interact = async (exchange, check) => {
  if (!goesOn(check)) throw refusalBy(check);
  if (check.kind === 'operation') return operation(exchange, check);
  if (check.kind === 'batch') return batch(exchange, check);
  if (check.conditional) return conditional(exchange, check);
  switch (check.interaction) {
    case 'read':
    case 'vread':
      return read(exchange, check);
    case 'search':
      return search(exchange, check);
    case 'history':
      return history(exchange, check);
    case 'create':
      return create(exchange, check);
    case 'update':
      return (check.patch ? patch : update)(exchange, check);
    case 'delete':
      return remove(exchange, check);
    case null:
      throw new Refusal(400, 'not-supported', 'not supported here', 'not-supported');
  }
};
