// Everything but `createEngine`, which each file of load/ adds.
export {
  EngineFault,
  EvaluationError,
  LimitError,
  PolicyCompileError,
  ResourceError,
  StateError,
} from './errors.js';
export type * from './types.js';
