//! `farmlokal schema`.

/// Prints the schema.
pub(super) fn run() -> Result<(), String> {
    super::say(crate::graphql::sdl().trim_end());
    Ok(())
}
