//! Settings of the issuer whose tokens are taken.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;

use crate::identity::{self, Algorithm, IssuerSettings};

/// Clocks that are further apart are wrong.
const LEEWAY_MAX_S: u64 = 600;

/// Whose tokens are taken.
#[derive(Args, Clone)]
#[command(next_help_heading = "Tokens of an issuer")]
pub struct IssuerArgs {
    /// Issuer of access tokens (JWTs), as it stands in `iss`; default: none, static tokens alone
    #[arg(long, env = "JWT_ISSUER", value_name = "ISSUER")]
    jwt_issuer: Option<String>,
    /// What stands in `aud` of tokens for this server; needed with an issuer
    #[arg(long, env = "JWT_AUDIENCE", value_name = "AUDIENCE")]
    jwt_audience: Option<String>,
    /// Where the issuer's keys are; default: `<issuer>/.well-known/jwks.json`
    #[arg(long, env = "JWT_JWKS_URL", value_name = "URL")]
    jwt_jwks_url: Option<String>,
    /// Algorithms of signatures that are taken, separated by commas
    #[arg(
        long,
        env = "JWT_ALGORITHMS",
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "RS256,ES256,EdDSA",
        value_parser = identity::algorithm
    )]
    jwt_algorithms: Vec<Algorithm>,
    /// How far the issuer's clock and ours may be apart, in seconds
    #[arg(long, env = "FARMLOKAL_JWT_LEEWAY_S", value_name = "S", default_value_t = 30)]
    jwt_leeway_s: u64,
}

impl IssuerArgs {
    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        given(self.jwt_issuer.as_ref()).is_some()
    }

    /// The settings; `None` without an issuer. In production keys come over TLS, or from this machine: whoever could change them
    /// on their way could sign any token.
    ///
    /// # Errors
    /// One sentence for the person who set it.
    pub fn settings(&self, production: bool) -> Result<Option<IssuerSettings>, String> {
        let Some(issuer) = given(self.jwt_issuer.as_ref()) else { return Ok(None) };
        let audience = given(self.jwt_audience.as_ref());
        let audience = audience.ok_or("JWT_ISSUER needs JWT_AUDIENCE: tokens for other services must not be taken here")?;
        let by_default = || format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        let jwks_url = given(self.jwt_jwks_url.as_ref()).map_or_else(by_default, str::to_owned);
        check_url(&jwks_url, production)?;
        if self.jwt_leeway_s > LEEWAY_MAX_S {
            return Err(format!("FARMLOKAL_JWT_LEEWAY_S must be at most {LEEWAY_MAX_S}"));
        }
        Ok(Some(IssuerSettings {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            jwks_url,
            algorithms: self.jwt_algorithms.clone(),
            leeway: Duration::from_secs(self.jwt_leeway_s),
        }))
    }
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn check_url(url: &str, production: bool) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).ok().filter(|url| url.has_host());
    let parsed = parsed.ok_or_else(|| format!("JWT_JWKS_URL: {url:?} is no address such as https://issuer.example/jwks.json"))?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if is_here || !production => Ok(()),
        "http" => Err("JWT_JWKS_URL must begin with https:// in production, unless it is on this machine".to_owned()),
        other => Err(format!("JWT_JWKS_URL: {other}:// is not spoken here, https:// is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        issuer: IssuerArgs,
    }

    fn settings(arguments: &[&str], production: bool) -> Result<Option<IssuerSettings>, String> {
        let command = Command::try_parse_from([&["serve"], arguments].concat()).map_err(|err| err.to_string())?;
        command.issuer.settings(production)
    }

    #[test]
    fn without_an_issuer_there_is_nothing_to_set() {
        assert!(settings(&[], true).unwrap().is_none());
        assert!(settings(&["--jwt-issuer", ""], true).unwrap().is_none());
    }

    #[test]
    fn the_keys_are_beside_the_issuer_unless_said_otherwise() {
        let told = settings(&["--jwt-issuer", "https://id.example/", "--jwt-audience", "farmlokal"], true).unwrap().unwrap();
        assert_eq!(told.jwks_url, "https://id.example/.well-known/jwks.json");
        assert_eq!((told.issuer.as_str(), told.leeway), ("https://id.example/", Duration::from_secs(30)));
        assert_eq!(told.algorithms, [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]);
    }

    #[test]
    fn what_would_let_others_in_is_refused() {
        let with = |more: &[&str], production| {
            let issuer = ["--jwt-issuer", "https://id.example", "--jwt-audience", "farmlokal"];
            settings(&[&issuer[..], more].concat(), production).map(drop)
        };
        assert_eq!(with(&["--jwt-algorithms", "PS256, ES384"], true), Ok(()));
        for algorithm in ["HS256", "RS256,none", ""] {
            assert!(with(&["--jwt-algorithms", algorithm], false).is_err(), "{algorithm}");
        }
        let by_http = ["--jwt-jwks-url", "http://id.example/keys"];
        assert!(with(&by_http, true).is_err() && with(&by_http, false).is_ok());
        assert_eq!(with(&["--jwt-jwks-url", "http://127.0.0.1:9/keys"], true), Ok(()));
        assert_eq!(with(&["--jwt-jwks-url", "http://[::1]:9/keys"], true), Ok(()));
        for url in ["file:///etc/keys", "id.example", "ftp://id.example/keys"] {
            assert!(with(&["--jwt-jwks-url", url], false).is_err(), "{url}");
        }
        assert!(settings(&["--jwt-issuer", "https://id.example"], false).unwrap_err().contains("JWT_AUDIENCE"));
        assert!(with(&["--jwt-leeway-s", "601"], false).is_err());
    }
}
