//! The program as a whole, through its own door: the command line, HTTP, and SIGKILL. Nothing of the shop's insides.

mod gramovar;
mod corpora;
mod masters;
mod encode;
mod kill;
mod crowd;
mod ledger;
mod resume;
