// Reads a stream in a Worker; `busy` never stops.
import { parentPort, workerData } from "node:worker_threads";
import { openStream } from "../../../ffi/stream.ts";

const busy = workerData === "busy";
const stream = await openStream(
  "diagnostics.emit",
  { count: busy ? 0xffff_ffff : 20_000, bytes: 64 },
  { action: "read", decode: (payload) => payload.length },
);
let count = 0;
for await (const _ of stream) {
  count++;
  if (busy && count === 1) parentPort?.postMessage("started");
}
parentPort?.postMessage(count);
