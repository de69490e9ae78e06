//! What orders promise.
