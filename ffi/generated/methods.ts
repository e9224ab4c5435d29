// Generated from the method table in rust/ffi/src/methods.rs by `deno task gen`; do not edit.

/**
 * Size of a packed answer.
 */
export type Columns = { 
/**
 * Elements per column.
 */
length: number, };

/**
 * Live state of the calling context.
 */
export type ContextStats = { 
/**
 * Open objects.
 */
objects: number, };

/**
 * Text that comes back, and the size of the attachment.
 */
export type Echo = { 
/**
 * Comes back as it went.
 */
text: string, 
/**
 * Comes back as the attachment's length.
 */
bytes: number, };

/**
 * An echo after a delay.
 */
export type EchoLater = { 
/**
 * Comes back as it went.
 */
text: string, 
/**
 * Milliseconds to wait.
 */
delayMs: number, };

/**
 * Duration of a native run.
 */
export type Elapsed = { 
/**
 * Nanoseconds.
 */
nanoseconds: number, };

/**
 * A number of events of one size.
 */
export type Emit = { 
/**
 * Where they go.
 */
stream: StreamOptions, 
/**
 * How many.
 */
count: number, 
/**
 * Bytes of each payload, at least 4; the first four are the item's index.
 */
bytes: number, };

/**
 * Head of a packed answer.
 */
export type Head = { 
/**
 * Elements per column.
 */
length: number, };

/**
 * How often to repeat.
 */
export type Iterations = { 
/**
 * Repetitions.
 */
iterations: number, };

/**
 * What was built, from what, and how.
 */
export type LibraryInfo = { 
/**
 * Version of Tendon.
 */
version: string, 
/**
 * ABI version, `major.minor`.
 */
abi: string, 
/**
 * First 48 bits of the SHA-256 of header and method table, 12 hexadecimal digits.
 */
abiHash: string, 
/**
 * Target triple.
 */
target: string, 
/**
 * Cargo profile family: `release` or `debug`.
 */
profile: string, 
/**
 * Whether the test-only entry points are present.
 */
diagnostics: boolean, };

/**
 * A request or an answer without content.
 */
export type Nothing = Record<symbol, never>;

/**
 * Handle of an object that does nothing.
 */
export type Opened = { 
/**
 * The handle.
 */
object: number, };

/**
 * What happens to an item that finds the buffer full.
 */
export type Overflow = "block" | "drop_oldest" | "drop_newest" | "fail";

/**
 * A panic, optionally while an object is in use.
 */
export type Panic = { 
/**
 * The panic's message.
 */
message: string, 
/**
 * Object that is in use, 0 for none.
 */
object: number, };

/**
 * How a stream is delivered.
 */
export type StreamOptions = { 
/**
 * Number that the consumer chose; unique in its context.
 */
id: number, 
/**
 * Items buffered natively while the consumer is slow, at least 1.
 */
capacity: number, 
/**
 * Policy when the buffer is full.
 */
overflow: Overflow, };

/** Every method by name: request, answer, when it answers and how. */
export interface Methods {
  "library.info": { request: Nothing; answer: LibraryInfo; timing: "sync"; encoding: "json" };
  "library.stats": { request: Nothing; answer: ContextStats; timing: "sync"; encoding: "json" };
  "diagnostics.echo": { request: Echo; answer: Echo; timing: "sync"; encoding: "json" };
  "diagnostics.echoLater": { request: EchoLater; answer: Echo; timing: "async"; encoding: "json" };
  "diagnostics.panic": { request: Panic; answer: Nothing; timing: "sync"; encoding: "json" };
  "diagnostics.panicLater": { request: Panic; answer: Nothing; timing: "async"; encoding: "json" };
  "diagnostics.open": { request: Nothing; answer: Opened; timing: "sync"; encoding: "json" };
  "diagnostics.emit": { request: Emit; answer: Nothing; timing: "async"; encoding: "json" };
  "diagnostics.columns": { request: Columns; answer: Head; timing: "async"; encoding: "packed" };
  "diagnostics.nativeCalls": { request: Iterations; answer: Elapsed; timing: "sync"; encoding: "json" };
  "diagnostics.nativeAnswers": { request: Iterations; answer: Elapsed; timing: "sync"; encoding: "json" };
  "diagnostics.nativeEvents": { request: Emit; answer: Elapsed; timing: "async"; encoding: "json" };
}

/** Number of each method on the wire. */
export const METHOD_IDS = {
  "library.info": 1,
  "library.stats": 2,
  "diagnostics.echo": 900,
  "diagnostics.echoLater": 901,
  "diagnostics.panic": 902,
  "diagnostics.panicLater": 903,
  "diagnostics.open": 904,
  "diagnostics.emit": 905,
  "diagnostics.columns": 906,
  "diagnostics.nativeCalls": 907,
  "diagnostics.nativeAnswers": 908,
  "diagnostics.nativeEvents": 909,
} as const satisfies Record<keyof Methods, number>;
