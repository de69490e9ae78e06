//! The request and answer words of the JSON API. No HTTP, no SQL.
