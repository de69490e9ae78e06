//! What downloads promise: see also the journeys of the whole shop in `tests/`.
