import { conformance } from '../runtimes/conformance.mjs';

function isEvalBlocked() {
  try {
    // eslint-disable-next-line no-new-func
    new Function('return 1');
    return false;
  } catch {
    return true;
  }
}

export async function answer() {
  try {
    return { evalBlocked: isEvalBlocked(), result: await conformance() };
  } catch (error) {
    return { error: `${error?.name}: ${error?.message} ${error?.cause ?? ''}` };
  }
}
