//! The store: rules, SQL, files, jobs. No HTTP server, no HTML, no environment variables.
