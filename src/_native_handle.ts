/**
 * How one area reaches a native object that another area owns, without a public member for it.
 *
 * @module
 */

const handles = new WeakMap<object, (action: string) => number>();

/** Lets other areas use the native object behind `owner`; `handle` throws if it is closed. */
export function shareHandle(owner: object, handle: (action: string) => number): void {
  handles.set(owner, handle);
}

/** The handle of the native object behind `owner`, for `action`. */
export function sharedHandle(owner: object, action: string): number {
  const handle = handles.get(owner);
  if (handle === undefined) throw new TypeError(`Cannot ${action}: the object is of another kind`);
  return handle(action);
}
