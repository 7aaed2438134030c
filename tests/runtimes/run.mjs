// Runs the conformance script in the runtime that reads this file, and prints its result.
import { conformance } from './conformance.mjs';

console.log(JSON.stringify(await conformance()));
