/**
 * A run in paper mode over the engine's mock exchange, which answers in its own time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BACKENDS, ContractRun, type PlaceTerms, verifyReplay } from "../../src/contracts/mod.ts";
import { test, turn } from "../harness.ts";
import { config, trade } from "./_desk.ts";
import { BTC, mockVenue } from "./_mock_venue.ts";
import { Log, moves, rig, strategy } from "./_run.ts";

for (const backend of BACKENDS) {
  test(`ContractRun, paper, ${backend}: orders go to the mock exchange, and its fills come back`, async () => {
    const { adapter } = mockVenue();
    const log = new Log();
    const terms: PlaceTerms = {
      order_id: "o1",
      instrument: BTC,
      side: "buy",
      order_type: "market",
      quantity: "2",
    };
    const run = await ContractRun.start(rig("paper", backend, {
      venue: adapter,
      log: log.write,
      strategy: strategy(({ event: { event_id } }) =>
        event_id === "market.trade-1" ? [{ type: "place_order", data: terms }] : []
      ),
    }));
    await run.push({ ...trade(1, "100", "5"), instrument: BTC });
    let snapshot = (await run.checkpoint()).snapshot;
    while (snapshot.orders[0]?.status !== "filled") {
      await turn();
      snapshot = (await run.checkpoint()).snapshot;
    }
    const { golden, counts } = await run.finish();
    await adapter.close();
    assertEquals([counts.sent, counts.unsent, counts.unstepped], [1, [], 0]);
    assertEquals(snapshot.cash, [{ currency: "USD", amount: "9799.8" }]);
    assertEquals(moves(log.steps).slice(0, 2), ["o1: created", "o1: submitted"]);
    assertEquals(moves(log.steps).at(-1), "o1: filled");
    const verified = verifyReplay(log.text, { config: config("paper"), golden }, BACKENDS);
    assert(verified.departure === null);
  });
}
