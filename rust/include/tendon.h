/* Generated from rust/ffi/src/abi.rs by cbindgen (`deno task gen`); do not edit. */

#ifndef TENDON_H
#define TENDON_H

#include <stdint.h>

/**
 * A runtime's function or null; its argument is the tag given at opening, with bit 31 set on the last call.
 */
typedef void (*tendon_wake_fn)(uint32_t);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Version of this ABI: major in the upper, minor in the lower 16 bits.
 */
uint32_t tendon_abi_version(void);

/**
 * First 48 bits of the hash of header and method table, exact as a double.
 */
double tendon_abi_hash(void);

/**
 * Opens a context. It closes by itself when the calling thread ends.
 *
 * - `queue_bytes`: capacity of the event queue, at least 65536.
 * - `wake`, `tag`: called with `tag` from a thread of the library's own when frames arrive after a drain with
 *   `arm`; null for callers that park in [`tendon_context_wait`].
 * - `out`, `out_capacity`: answer; its payload is the handle, `u64` little-endian.
 *
 * # Safety
 *
 * `out` is writable for `out_capacity` bytes; `wake` stays callable until its last call (bit 31 of the tag
 * set) or [`tendon_context_disarm`].
 */
int32_t tendon_context_open(uint32_t queue_bytes,
                            tendon_wake_fn wake,
                            uint32_t tag,
                            uint8_t *out,
                            uint32_t out_capacity);

/**
 * Parks the calling thread until frames are queued (1), the limit passes or an interrupt comes (0), or the
 * context is closed (negative).
 *
 * @nonblocking
 */
int32_t tendon_context_wait(uint64_t context,
                            uint32_t limit_ms);

/**
 * Ends the current or the next wait of a context.
 */
int32_t tendon_context_interrupt(uint64_t context);

/**
 * Copies whole frames into `out` behind a batch header and returns the bytes written.
 *
 * With `arm` 1, and if no frame is left, the wake function is called once when the next one arrives. When
 * even the first frame does not fit, nothing is consumed, the status is `Space` and the first `u32` of `out`
 * holds the bytes needed.
 *
 * # Safety
 *
 * `out` is writable for `capacity` bytes.
 */
int32_t tendon_context_drain(uint64_t context,
                             uint8_t *out,
                             uint32_t capacity,
                             uint32_t arm);

/**
 * Never calls the wake function of a context again; for exit hooks.
 */
int32_t tendon_context_disarm(uint64_t context);

/**
 * Closes a context: cancels its operations, closes its objects and streams, wakes who waits. Does not block.
 * Closing again does nothing and answers 0.
 */
int32_t tendon_context_close(uint64_t context);

/**
 * Starts the asynchronous method `method`; its result arrives as an event with id `operation`.
 *
 * - `request`: UTF-8 JSON. `attachment`: bytes that need no JSON. Both are copied before the call returns.
 * - `operation`: chosen by the caller, unique among the context's pending operations.
 * - `out`: answer of a call that could not be started; then no event comes.
 *
 * # Safety
 *
 * `request` and `attachment` are readable, `out` is writable for the lengths given.
 */
int32_t tendon_call(uint64_t context,
                    uint32_t method,
                    const uint8_t *request,
                    uint32_t request_len,
                    const uint8_t *attachment,
                    uint32_t attachment_len,
                    uint64_t operation,
                    uint8_t *out,
                    uint32_t out_capacity);

/**
 * Asks a pending operation to stop; its event still comes. Unknown operations are harmless.
 */
int32_t tendon_call_cancel(uint64_t context, uint64_t operation);

/**
 * Runs the synchronous method `method` and answers at once; for short pure work.
 *
 * # Safety
 *
 * `request` and `attachment` are readable, `out` is writable for the lengths given.
 */
int32_t tendon_call_sync(uint64_t context,
                         uint32_t method,
                         const uint8_t *request,
                         uint32_t request_len,
                         const uint8_t *attachment,
                         uint32_t attachment_len,
                         uint8_t *out,
                         uint32_t out_capacity);

/**
 * Copies an answer that did not fit its buffer into `out` and forgets it; returns its length.
 *
 * # Safety
 *
 * `out` is writable for `capacity` bytes.
 */
int32_t tendon_answer_take(uint64_t context, uint64_t answer, uint8_t *out, uint32_t capacity);

/**
 * Grants a stream credit for `items` more items.
 */
int32_t tendon_stream_credit(uint64_t context, uint64_t stream, uint32_t items);

/**
 * Closes a stream on behalf of its consumer. Closing again does nothing and answers 0.
 */
int32_t tendon_stream_close(uint64_t context, uint64_t stream);

/**
 * Closes an object. Answers 1 if it was open, 0 if there was nothing to close.
 */
int32_t tendon_object_close(uint64_t context, uint64_t object);

/**
 * Ends the last event of an engine run with packed orders and applies the next ones; returns why it
 * stopped (0: nothing is left) or a negative status, whose reason `engine.runError` tells.
 *
 * - `view`: doubles the run writes, 8-aligned; their layout is in `docs/abi.md`.
 * - `orders`: packed requests of the strategy.
 * - `max_events`: market events to apply at most, as many as the view has records for.
 *
 * # Safety
 *
 * `view` is writable for `view_bytes`, `orders` readable for `orders_len` bytes.
 */
int32_t tendon_engine_step(uint64_t context,
                           uint64_t run,
                           uint8_t *view,
                           uint32_t view_bytes,
                           const uint8_t *orders,
                           uint32_t orders_len,
                           uint32_t max_events);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TENDON_H */
