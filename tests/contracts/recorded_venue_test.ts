/**
 * A recording that is none is refused before anything is played.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { RecordedVenue } from "../../src/contracts/mod.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";

const HEAD = '{"capabilities":{"order_types":[],"replace":false,"time_in_force":[]},"venue":"x"}';

const play = (...lines: readonly string[]) =>
  new RecordedVenue(new TextEncoder().encode(lines.join("\n")));

test("RecordedVenue refuses a text that is no recording", () => {
  for (const head of ["", "5", "null", "[]", "{}", '"venue"', '{"venue":"x"}', '{"venue":5}']) {
    assertThrows(() => play(head), SyntaxError, "its first line must name venue and capabilities");
  }
  for (const line of ["5", "null", "[]", "{}", '"call"', '{"call":"connect"}']) {
    assertThrows(() => play(HEAD, '{"report":{}}', line), SyntaxError, `line 3 is "${line}`);
  }
  for (const text of ["x", "{", '{"a":1,"a":1}']) {
    const error = assertThrows(() => play(HEAD, text), ContractError);
    assertEquals(error.code, "contract_schema_invalid");
  }
  assertThrows(() => new RecordedVenue("x" as unknown as Uint8Array), TypeError, "Uint8Array");
});
