// Generated from rust/include/tendon.h by `deno task gen`; do not edit.

/** ABI version that this table describes: major in the upper, minor in the lower 16 bits. */
export const ABI_VERSION = 65536;

/** First 48 bits of the SHA-256 of header and method table. */
export const ABI_HASH = 0x3e7b4e9f07d4;

/** Every symbol of the library: parameter types, result type, and whether it parks its thread. */
export const SYMBOLS = {
  tendon_abi_version: { parameters: [], result: "u32", nonblocking: false },
  tendon_abi_hash: { parameters: [], result: "f64", nonblocking: false },
  tendon_context_open: { parameters: ["u32", "function", "u32", "buffer", "u32"], result: "i32", nonblocking: false },
  tendon_context_wait: { parameters: ["u64", "u32"], result: "i32", nonblocking: true },
  tendon_context_interrupt: { parameters: ["u64"], result: "i32", nonblocking: false },
  tendon_context_drain: { parameters: ["u64", "buffer", "u32", "u32"], result: "i32", nonblocking: false },
  tendon_context_disarm: { parameters: ["u64"], result: "i32", nonblocking: false },
  tendon_context_close: { parameters: ["u64"], result: "i32", nonblocking: false },
  tendon_call: { parameters: ["u64", "u32", "buffer", "u32", "buffer", "u32", "u64", "buffer", "u32"], result: "i32", nonblocking: false },
  tendon_call_cancel: { parameters: ["u64", "u64"], result: "i32", nonblocking: false },
  tendon_call_sync: { parameters: ["u64", "u32", "buffer", "u32", "buffer", "u32", "buffer", "u32"], result: "i32", nonblocking: false },
  tendon_answer_take: { parameters: ["u64", "u64", "buffer", "u32"], result: "i32", nonblocking: false },
  tendon_stream_credit: { parameters: ["u64", "u64", "u32"], result: "i32", nonblocking: false },
  tendon_stream_close: { parameters: ["u64", "u64"], result: "i32", nonblocking: false },
  tendon_object_close: { parameters: ["u64", "u64"], result: "i32", nonblocking: false },
  tendon_engine_step: { parameters: ["u64", "u64", "buffer", "u32", "buffer", "u32", "u32"], result: "i32", nonblocking: false },
} as const;
