//! The environment as a source of settings.

use clap::CommandFactory;

/// Our own prefix: what begins with it and is not known is a mistake, not somebody else's.
const PREFIX: &str = "FARMLOKAL_";

/// Reads `.env` of the working folder, if there is one; what the environment has already stays.
///
/// # Errors
/// One sentence when the file cannot be read.
pub fn load_dotenv() -> Result<(), String> {
    match dotenvy::from_path(".env") {
        Err(err) if !err.not_found() => Err(format!(".env cannot be read: {err}")),
        _ => Ok(()),
    }
}

/// A variable with our prefix that no setting of `C` has; one sentence about it.
pub fn unknown_variable<C: CommandFactory>(names: impl Iterator<Item = String>) -> Option<String> {
    let mut known = Vec::new();
    collect(&C::command(), &mut known);
    let unknown = names.filter(|name| name.starts_with(PREFIX)).find(|name| !known.contains(name))?;
    Some(format!("{unknown} is no setting of FarmLokal (`farmlokal serve --help` lists them)"))
}

fn collect(command: &clap::Command, known: &mut Vec<String>) {
    let names = command.get_arguments().filter_map(|arg| arg.get_env());
    known.extend(names.map(|name| name.to_string_lossy().into_owned()));
    for sub in command.get_subcommands() {
        collect(sub, known);
    }
}
