//! Amounts, the ledger as a pure state machine, prices and splits. No clock, no I/O, no floats.
