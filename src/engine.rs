//! To come.

pub mod glossary;
