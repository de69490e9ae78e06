//! Masters: opening, decoding with exact seeking, and the identity of their samples.
