//! Every page from its samples, in every language.
