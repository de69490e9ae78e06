//! What people can and cannot do, on both engines.
