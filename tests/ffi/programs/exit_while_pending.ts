// A program that ends in the way its argument names while calls and streams are pending.
import process from "node:process";
import { call } from "../../../ffi/call.ts";
import { openStream } from "../../../ffi/stream.ts";

const stream = await openStream("diagnostics.emit", { count: 10_000_000, bytes: 64 }, {
  action: "read",
  decode: (payload) => payload.length,
});
const silent = () => {};
(async () => {
  for await (const _ of stream);
})().catch(silent);
call("diagnostics.echoLater", { text: "", delayMs: 60_000 }, { action: "wait" }).catch(silent);
console.log("pending");
setTimeout(() => {
  if (process.argv[2] === "throw") throw new Error("uncaught on purpose");
  process.exit(7);
}, 20);
