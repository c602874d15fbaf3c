//! What makes the program pleasant: losses of others, new files, schema, export, comparison, completions, messages.

mod compared;
mod documents;
mod explained;
mod exported;
mod messages;
mod new;
mod rate;
mod rate_groups;
mod schema;
mod surroundings;
mod tutorial;
