//! Lua scripts, called by their hash.

use redis::{Cmd, ToRedisArgs};

/// A script and its hash. Redis keeps it by the hash; the text is sent only when Redis does not have it, as after a restart.
#[derive(Debug)]
pub struct Script {
    text: &'static str,
    sha1: String,
}

impl Script {
    /// The script with this text.
    pub fn new(text: &'static str) -> Self {
        Self { text, sha1: redis::Script::new(text).get_hash().to_owned() }
    }

    pub(super) fn by_hash(&self, keys: &[&str], arguments: &impl ToRedisArgs) -> Cmd {
        call("EVALSHA", &self.sha1, keys, arguments)
    }

    /// As well leaves the script with the server.
    pub(super) fn by_text(&self, keys: &[&str], arguments: &impl ToRedisArgs) -> Cmd {
        call("EVAL", self.text, keys, arguments)
    }
}

fn call(command: &str, script: &str, keys: &[&str], arguments: &impl ToRedisArgs) -> Cmd {
    let mut call = redis::cmd(command);
    call.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    call
}
