/**
 * Checks of arguments, before the border.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Shows a wrong value in a message, without flooding it. */
export function show(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return value.length > 80 ? `"${value.slice(0, 80)}…"` : `"${value}"`;
}

/** Throws unless `value` is a string whose UTF-8 form has at most `maxBytes` bytes. */
export function checkText(
  action: string,
  name: string,
  value: unknown,
  maxBytes: number,
): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot ${action} as ${name} must be a string: current value is ${value}`);
  }
  if (!value.isWellFormed()) {
    throw new TypeError(
      `Cannot ${action} as ${name} must be well-formed Unicode: current value has a lone surrogate`,
    );
  }
  // A UTF-16 unit takes at most three bytes, so most texts need no encoding.
  if (value.length * 3 <= maxBytes) return;
  const size = encoder.encode(value).length;
  if (size > maxBytes) {
    throw new RangeError(
      `Cannot ${action} as ${name} may have at most ${maxBytes} bytes: current value has ${size}`,
    );
  }
}

/** Throws unless `value` is a `Uint8Array`. Never shows it: it may be secret. */
export function checkBytes(
  action: string,
  name: string,
  value: unknown,
): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  throw new TypeError(
    `Cannot ${action} as ${name} must be a Uint8Array: current value is of type ${typeof value}`,
  );
}

/** Throws unless `value` is an integer from `min` to `max`. */
export function checkInteger(
  action: string,
  name: string,
  value: number,
  min: number,
  max: number,
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot ${action} as ${name} must be an integer from ${min} to ${max}: ` +
      `current value is ${value}`,
  );
}

/** Throws unless `value` is an object. */
export function checkObject(action: string, name: string, value: unknown): asserts value is object {
  if (typeof value === "object" && value !== null) return;
  throw new TypeError(
    `Cannot ${action} as ${name} must be an object: current value is ${show(value)}`,
  );
}

/** Throws unless `value` is an array. */
export function checkArray(action: string, name: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new TypeError(
    `Cannot ${action} as ${name} must be an array: current value is ${show(value)}`,
  );
}

/** Throws unless `value` is one of the texts `allowed`. */
export function checkOneOf(
  action: string,
  name: string,
  value: unknown,
  allowed: readonly string[],
): void {
  if (allowed.some((one) => one === value)) return;
  const names = allowed.map((one) => `"${one}"`).join(", ");
  throw new TypeError(
    `Cannot ${action} as ${name} must be one of ${names}: current value is ${show(value)}`,
  );
}
