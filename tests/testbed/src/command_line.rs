//! Finding and running the command line tools of the engines, untouched by the environment of the tests.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::user::User;

/// Server programs live here on Debian, but an ordinary user's `PATH` leaves them out.
const MORE_FOLDERS: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Variables a program may need of the parent; all others (`PGHOST`, `DATABASE_URL`, `MYSQL_HOST`, …) would decide
/// silently where it connects to.
const KEPT: [&str; 6] = ["HOME", "TMPDIR", "TZ", "RUST_BACKTRACE", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"];

/// Path of a program, or `None` when it is not installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&search_path()).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Path of a program that must be there.
///
/// # Panics
/// When it is not, with the package that brings it.
pub(crate) fn find_or_panic(program: &str, package: &str) -> PathBuf {
    find(program).unwrap_or_else(|| panic!("`{program}` is not installed (Debian package {package}); ./scripts/test installs it"))
}

/// The environment every program is started with: a few variables of the parent and a plain locale.
pub(crate) fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    KEPT.iter()
        .filter_map(|name| Some((OsString::from(name), env::var_os(name)?)))
        .chain([("PATH".into(), search_path()), ("LC_ALL".into(), "C.UTF-8".into())])
}

/// Runs a tool to its end.
///
/// # Errors
/// What it wrote to standard error (and output), when it could not start or failed.
pub(crate) fn run<A: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
    working_folder: &Path,
    user: Option<User>,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment()).current_dir(working_folder);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    let written = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(written);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}\n{errors}{written}", program.display(), output.status))
}

fn search_path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":");
    path.push(MORE_FOLDERS);
    path
}
