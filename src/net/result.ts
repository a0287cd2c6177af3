/**
 * The outcome of reading a value that may be wrong: either the value, or why it was refused.
 *
 * A wrong input is an expected case, so it is returned and never thrown; what is thrown from this folder is a
 * mistake in the calling code.
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A successful outcome that holds `value`. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A refusal that holds `error`. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
