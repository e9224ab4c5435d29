import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LiveMarket, liveSupport } from "../../src/engine/mod.ts";
import { LiveDataError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { ExchangeServer } from "./_exchange_server.ts";
import { bounded, take } from "./_live.ts";
import { CASES } from "./exchanges/cases.ts";
import type { Comparable, ExchangeCase } from "./exchanges/script.ts";

function open({ instrument, kind }: ExchangeCase, server: ExchangeServer): Promise<LiveMarket> {
  return bounded(LiveMarket.open({
    instruments: [instrument],
    subscriptions: [{ kind }],
    endpoint: server.endpoint,
  }));
}

/** A request without the time at which it was sent. */
function timeless(request: unknown): unknown {
  const { time: _, ...rest } = request as Record<string, unknown>;
  return rest;
}

for (const one of CASES) {
  test(`LiveMarket streams ${one.name}`, async () => {
    await using server = await ExchangeServer.start(one.script);
    await using market = await open(one, server);
    const connection = await bounded(server.connection(0));
    assertEquals(connection.path, one.path);
    assertEquals(timeless(connection.received[0]), one.request);

    for (const message of one.messages) connection.send(message);
    const events = await take(market, one.events.length);
    const seen = events.map((event, at): unknown => {
      if (event.kind === "reconnecting") return event;
      const { received, time, ...rest } = event;
      assert(Date.parse(received) > Date.UTC(2025, 0), received);
      return { time: one.events[at]?.time === null ? null : time, ...rest };
    });
    assertEquals(seen as Comparable[], one.events as Comparable[]);

    await market.close();
    await bounded(server.until(() => server.open === 0));
  });

  test(`LiveMarket.open() rejects when refused: ${one.name}`, async () => {
    const script = { ...one.script, answer: () => [one.refusal] };
    await using server = await ExchangeServer.start(script);
    const error = await assertRejects(() => open(one, server), LiveDataError);
    assertEquals(error.code, "live_refused");
    assertEquals(error.data, {
      exchange: one.instrument.exchange,
      host: `127.0.0.1:${server.port}`,
    });
    assertStringIncludes(error.message, one.instrument.exchange);
    await bounded(server.until(() => server.open === 0));
  });
}

test("liveSupport() has nothing that is not tested against a server", () => {
  const tested = CASES.map(({ instrument: { exchange, kind = "spot" }, kind: data }) =>
    `${exchange} ${typeof kind === "string" ? kind : kind.type} ${data}`
  );
  const supported = liveSupport().map(({ exchange, instrument, kind }) =>
    `${exchange} ${instrument} ${kind}`
  );
  assertEquals(tested.sort(), supported.sort());
  assertEquals(supported.length, 28);
});
