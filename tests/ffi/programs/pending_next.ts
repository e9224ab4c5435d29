// A program whose pending read keeps it alive until the stream ends.
import { openStream } from "../../../ffi/stream.ts";

const stream = await openStream("diagnostics.emit", { count: 50_000, bytes: 16 }, {
  action: "read",
  decode: (payload) => payload.length,
});
(async () => {
  let count = 0;
  for await (const _ of stream) count++;
  console.log(`read ${count}`);
})();
