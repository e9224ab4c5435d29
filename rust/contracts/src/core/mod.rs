//! Orders, fills and money: one event, one step, one commit.
