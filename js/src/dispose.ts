/** `Symbol.dispose`, or a stand-in where the runtime has none: then only `free()` gives memory back. */
export const kDispose: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
