// Loads the library and prints what happened.
import { callSync } from "../../../ffi/call.ts";

try {
  console.log(JSON.stringify(callSync("library.info", {}, { action: "read the version" })));
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
