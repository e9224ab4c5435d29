"""The moving-average crossover in hftbacktest, on the CSV file that peers.ts writes.

pip install hftbacktest==2.4.4
Prints a line of JSON: name, events, fills, milliseconds (the fastest of the rounds).

hftbacktest replays an order book, and market orders fill against it; a file of trades has none. Each
trade therefore comes after a book of one level per side: the ask at the trade's price, the bid one
tick below. The strategy is compiled by numba before the first round.
"""

import csv
import json
import sys
import time

import numpy as np
from hftbacktest import (
    BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, GTC, LOCAL_EVENT, MARKET, SELL_EVENT, TRADE_EVENT,
    BacktestAsset, HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

PATH, FAST, SLOW, QUANTITY, ROUNDS = sys.argv[1], 20, 100, 0.01, 5
TICK, DEEP = 0.01, 1e6
FEE = 0.0001
# What the exchange and the strategy see, without a delay between them.
BOTH = EXCH_EVENT | LOCAL_EVENT


def events(rows):
    """Trades, each after the changes that bring the book to its price."""
    made = []
    before = None

    def level(at, side, price, amount):
        made.append((DEPTH_EVENT | BOTH | side, at, at, price, amount, 0, 0, 0.0))

    for row in rows:
        at, price = int(row["time"]), float(row["price"])
        if price != before:
            if before is not None:
                level(at, SELL_EVENT, before, 0.0)
                level(at, BUY_EVENT, before - TICK, 0.0)
            level(at, SELL_EVENT, price, DEEP)
            level(at, BUY_EVENT, price - TICK, DEEP)
            before = price
        side = BUY_EVENT if row["side"] == "buy" else SELL_EVENT
        amount = float(row["amount"])
        made.append((TRADE_EVENT | BOTH | side, at, at, price, amount, 0, 0, 0.0))
    return np.array(made, event_dtype)


@njit
def cross(hbt, fast, slow, quantity):
    prices = np.zeros(slow)
    seen = 0
    sum_fast = 0.0
    sum_slow = 0.0
    held = False
    orders = 0
    # Until nothing is left to wait for.
    while hbt.wait_next_feed(False, 1 << 60) == 2:
        trades = hbt.last_trades(0)
        if trades.size == 0:
            continue
        for trade in trades:
            at = seen % slow
            sum_slow += trade.px - prices[at]
            sum_fast += trade.px - (prices[(seen - fast) % slow] if seen >= fast else 0.0)
            prices[at] = trade.px
            seen += 1
        hbt.clear_last_trades(0)
        if seen < slow:
            continue
        difference = sum_fast * slow - sum_slow * fast
        if difference > 0 and not held:
            orders += 1
            hbt.submit_buy_order(0, orders, hbt.depth(0).best_ask, quantity, GTC, MARKET, False)
            held = True
        elif difference < 0 and held:
            orders += 1
            hbt.submit_sell_order(0, orders, hbt.depth(0).best_bid, quantity, GTC, MARKET, False)
            held = False


def run(data):
    asset = (
        BacktestAsset()
        .data([data])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(FEE, FEE)
        .tick_size(TICK)
        .lot_size(0.00001)
        .last_trades_capacity(16)
    )
    hbt = HashMapMarketDepthBacktest([asset])
    start = time.perf_counter()
    cross(hbt, FAST, SLOW, QUANTITY)
    taken = time.perf_counter() - start
    fills = int(hbt.state_values(0).num_trades)
    hbt.close()
    return taken, fills


with open(PATH) as file:
    rows = list(csv.DictReader(file))
data = events(rows)
run(data)
best, fills = min(run(data) for _ in range(ROUNDS))
name = "hftbacktest 2.4.4 (strategy compiled by numba)"
print(json.dumps({"name": name, "events": len(rows), "fills": fills, "ms": best * 1e3}))
