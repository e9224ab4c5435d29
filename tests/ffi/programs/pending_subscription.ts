// A program that ends while a subscription is open and nobody reads it.
import { openStream } from "../../../ffi/stream.ts";

const stream = await openStream("diagnostics.emit", { count: 1_000_000, bytes: 16 }, {
  action: "read",
  decode: (payload) => payload.length,
});
await stream.next();
console.log("end of program");
