/**
 * Decodes packed answers: a JSON head and binary columns.
 *
 * @module
 */

/** Typed arrays by name; each owns its memory. */
export type Columns = Readonly<
  Record<string, Float64Array | BigInt64Array | Uint32Array | Uint8Array>
>;

interface ColumnHead {
  readonly type: keyof typeof ARRAYS;
  readonly offset: number;
  readonly length: number;
}

const ARRAYS = { f64: Float64Array, i64: BigInt64Array, u32: Uint32Array, u8: Uint8Array } as const;

const decoder = new TextDecoder();

/** Copies a packed answer out of a buffer that will be reused. Little-endian hosts only. */
export function unpack(payload: Uint8Array): { columns: Columns } & Record<string, unknown> {
  const length = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const head = JSON.parse(decoder.decode(payload.subarray(4, 4 + length)));
  const start = (4 + length + 7) & ~7;
  // One copy for all columns: their offsets are multiples of 8 from here.
  const body = payload.slice(start);
  const columns: Record<string, Columns[string]> = {};
  for (const [name, column] of Object.entries(head.columns as Record<string, ColumnHead>)) {
    columns[name] = new ARRAYS[column.type](body.buffer, column.offset, column.length);
  }
  return { ...head, columns };
}
