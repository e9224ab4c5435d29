"""The moving-average crossover in Python backtesters, on the CSV file that peers.ts writes.

pip install nautilus_trader==1.221.0 backtesting==0.6.6
Prints a line of JSON per peer: name, events, fills, milliseconds (the fastest of the rounds).
"""

import json
import sys
import time
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
PATH, FAST, SLOW, QUANTITY, ROUNDS = sys.argv[1], 20, 100, "0.01", 3
FEE = 0.0001


def report(name, events, fills, seconds):
    print(json.dumps({"name": name, "events": events, "fills": fills, "ms": seconds * 1e3}), flush=True)


def backtesting_py(frame):
    from backtesting import Backtest, Strategy

    bars = pd.DataFrame({k: frame["price"] for k in ("Open", "High", "Low", "Close")})
    bars["Volume"] = frame["amount"]
    bars.index = pd.to_datetime(frame["time"] // 1_000_000, unit="ms")

    def sma(values, n):
        return pd.Series(values).rolling(n).mean()

    class Cross(Strategy):
        def init(self):
            self.fast = self.I(sma, self.data.Close, FAST)
            self.slow = self.I(sma, self.data.Close, SLOW)

        def next(self):
            if self.fast[-1] > self.slow[-1] and not self.position:
                # Whole units only: the price is per 0.01 here.
                self.buy(size=1)
            elif self.fast[-1] < self.slow[-1] and self.position:
                self.position.close()

    scaled = bars.copy()
    scaled[["Open", "High", "Low", "Close"]] *= float(QUANTITY)
    best, fills = float("inf"), 0
    for _ in range(ROUNDS):
        run = Backtest(scaled, Cross, cash=1_000_000, commission=FEE, trade_on_close=True, finalize_trades=False)
        start = time.perf_counter()
        stats = run.run()
        best = min(best, time.perf_counter() - start)
        fills = 2 * len(stats["_trades"])
    report("backtesting.py 0.6.6", len(bars), fills, best)


def nautilus(frame):
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig, StrategyConfig
    from nautilus_trader.indicators import SimpleMovingAverage
    from nautilus_trader.model.currencies import BTC, USDT
    from nautilus_trader.model.data import TradeTick
    from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
    from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId, Venue
    from nautilus_trader.model.instruments import CurrencyPair
    from nautilus_trader.model.objects import Money, Price, Quantity
    from nautilus_trader.trading.strategy import Strategy

    venue = Venue("BINANCE")
    instrument_id = InstrumentId(Symbol("BTCUSDT"), venue)
    instrument = CurrencyPair(
        instrument_id=instrument_id, raw_symbol=Symbol("BTCUSDT"), base_currency=BTC, quote_currency=USDT,
        price_precision=2, size_precision=5, price_increment=Price.from_str("0.01"),
        size_increment=Quantity.from_str("0.00001"), ts_event=0, ts_init=0,
        maker_fee=Decimal(str(FEE)), taker_fee=Decimal(str(FEE)),
    )
    ticks = [
        TradeTick(
            instrument_id, Price(row.price, 2), Quantity(max(row.amount, 0.00001), 5),
            AggressorSide.BUYER if row.side == "buy" else AggressorSide.SELLER, TradeId(str(at)),
            int(row.time), int(row.time),
        )
        for at, row in enumerate(frame.itertuples())
    ]

    class Cross(Strategy):
        def __init__(self):
            super().__init__(StrategyConfig())
            self.fast = SimpleMovingAverage(FAST)
            self.slow = SimpleMovingAverage(SLOW)
            self.held = False
            self.orders = 0

        def on_start(self):
            self.subscribe_trade_ticks(instrument_id)

        def on_trade_tick(self, tick):
            price = float(tick.price)
            self.fast.update_raw(price)
            self.slow.update_raw(price)
            if not self.slow.initialized:
                return
            if self.fast.value > self.slow.value and not self.held:
                self.send(OrderSide.BUY, True)
            elif self.fast.value < self.slow.value and self.held:
                self.send(OrderSide.SELL, False)

        def send(self, side, held):
            self.held = held
            self.orders += 1
            quantity = Quantity.from_str("0.01000")
            self.submit_order(self.order_factory.market(instrument_id, side, quantity))

    best, fills = float("inf"), 0
    for _ in range(ROUNDS):
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
        engine.add_venue(venue=venue, oms_type=OmsType.NETTING, account_type=AccountType.CASH,
                         starting_balances=[Money(1_000_000, USDT), Money(10, BTC)])
        engine.add_instrument(instrument)
        engine.add_data(ticks)
        strategy = Cross()
        engine.add_strategy(strategy)
        start = time.perf_counter()
        engine.run()
        best = min(best, time.perf_counter() - start)
        fills = strategy.orders
        engine.dispose()
    report("nautilus_trader 1.221.0", len(ticks), fills, best)


frame = pd.read_csv(PATH)
for peer in (backtesting_py, nautilus):
    peer(frame)
