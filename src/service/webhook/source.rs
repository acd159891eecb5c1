//! Who may send webhooks, and how they sign.

use serde::Deserialize;

use crate::domain::slug;

/// The source behind `POST /webhook`.
pub const DEFAULT_SOURCE: &str = "default";

/// How deliveries are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Standard Webhooks 1.0.0: id, time and body.
    Standard,
    /// HMAC-SHA256 of the body in hexadecimal digits, as GitHub does. Id and time are not signed.
    HmacSha256Hex,
    /// HMAC-SHA256 of the body in Base64, as Shopify does. Id and time are not signed.
    HmacSha256Base64,
    /// Not at all.
    None,
}

/// A source as it is configured.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// Its name in `/webhooks/{source}`: a slug.
    pub name: String,
    /// How it signs.
    pub scheme: Scheme,
    /// Its secrets; while one replaces another, both count. `whsec_…` for `standard`, any text else.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The header with the event's id, besides `webhook-id` and `x-event-id`.
    #[serde(default)]
    pub id_header: Option<String>,
    /// The header with the signature, for the HMAC schemes.
    #[serde(default)]
    pub signature_header: Option<String>,
    /// The kinds of event that have an effect; all that are known, when absent.
    #[serde(default)]
    pub events: Option<Vec<String>>,
}

/// Without secrets.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl Source {
    /// A source that does not sign.
    pub fn unsigned(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scheme: Scheme::None,
            secrets: Vec::new(),
            id_header: None,
            signature_header: None,
            events: None,
        }
    }

    /// A source that signs by Standard Webhooks.
    pub fn standard(name: &str, secrets: Vec<String>) -> Self {
        Self { scheme: Scheme::Standard, secrets, ..Self::unsigned(name) }
    }

    /// What does not fit together.
    ///
    /// # Errors
    /// One sentence, without secrets.
    pub fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if !slug::is_slug(name) {
            return Err(format!("a webhook source is named by lower-case letters, digits and single hyphens, not {name:?}"));
        }
        match (self.scheme, self.secrets.is_empty()) {
            (Scheme::None, false) => return Err(format!("the webhook source {name} has secrets, but its scheme is none")),
            (Scheme::None, true) => {}
            (_, true) => return Err(format!("the webhook source {name} needs at least one secret")),
            (Scheme::Standard, false) => {
                let fits = |secret: &String| super::signature::standard_key(secret).is_some();
                if !self.secrets.iter().all(fits) {
                    return Err(format!("a secret of the webhook source {name} is not whsec_ and the Base64 of 24 to 64 bytes"));
                }
            }
            (_, false) if self.secrets.iter().any(|secret| secret.len() < 16) => {
                return Err(format!("a secret of the webhook source {name} has fewer than 16 characters"));
            }
            _ => {}
        }
        let hmac = matches!(self.scheme, Scheme::HmacSha256Hex | Scheme::HmacSha256Base64);
        if hmac && self.signature_header.is_none() {
            return Err(format!("the webhook source {name} needs signatureHeader, such as x-hub-signature-256"));
        }
        Ok(())
    }

    /// Whether events of this kind may have an effect.
    pub(super) fn takes(&self, event_type: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.iter().any(|event| event == event_type))
    }
}

/// All sources, and which of the unsigned ones are taken from elsewhere than this machine.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    sources: Vec<Source>,
    allow_unsigned: Vec<String>,
    /// Whether unsigned deliveries from this machine are taken unasked.
    allow_local: bool,
}

impl Sources {
    /// Sources of checked settings; the default one is added, without a signature, when it is missing.
    ///
    /// # Errors
    /// One sentence.
    pub fn new(mut sources: Vec<Source>, allow_unsigned: Vec<String>, allow_local: bool) -> Result<Self, String> {
        for (n, source) in sources.iter().enumerate() {
            source.check()?;
            if sources[..n].iter().any(|other| other.name == source.name) {
                return Err(format!("the webhook source {} is there twice", source.name));
            }
        }
        if sources.iter().all(|source| source.name != DEFAULT_SOURCE) {
            sources.push(Source::unsigned(DEFAULT_SOURCE));
        }
        let known = |name: &String| sources.iter().any(|source| source.name == *name && source.scheme == Scheme::None);
        if let Some(name) = allow_unsigned.iter().find(|name| !known(name)) {
            return Err(format!("WEBHOOK_ALLOW_UNSIGNED names {name:?}, which is no source without a signature"));
        }
        Ok(Self { sources, allow_unsigned, allow_local })
    }

    /// The source of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Whether deliveries of this unsigned source are taken.
    pub(super) fn takes_unsigned(&self, source: &Source, is_local: bool) -> bool {
        (is_local && self.allow_local) || self.allow_unsigned.contains(&source.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    #[test]
    fn what_does_not_fit_together_is_told_without_the_secret() {
        let standard = |secret: &str| Source::standard("shop", vec![secret.to_owned()]);
        assert_eq!(standard(SECRET).check(), Ok(()));
        for (source, word) in [
            (standard("whsec_short"), "24 to 64"),
            (Source::standard("shop", Vec::new()), "at least one secret"),
            (Source { name: "Shop".to_owned(), ..standard(SECRET) }, "named by"),
            (Source { scheme: Scheme::HmacSha256Hex, ..standard("0123456789abcdef") }, "signatureHeader"),
            (Source { scheme: Scheme::HmacSha256Hex, ..standard("short") }, "fewer than 16"),
            (Source { secrets: vec![SECRET.to_owned()], ..Source::unsigned("shop") }, "scheme is none"),
        ] {
            let why = source.check().unwrap_err();
            assert!(why.contains(word) && !why.contains("C2FV") && !format!("{source:?}").contains("C2FV"), "{why}");
        }
    }

    #[test]
    fn unsigned_deliveries_are_taken_here_or_by_name() {
        let sources = Sources::new(vec![Source::unsigned("till")], vec!["till".to_owned()], true).unwrap();
        let (till, default) = (sources.find("till").unwrap(), sources.find(DEFAULT_SOURCE).unwrap());
        assert!(sources.takes_unsigned(till, false) && !sources.takes_unsigned(default, false));
        assert!(sources.takes_unsigned(default, true));
        assert!(Sources::new(Vec::new(), vec!["till".to_owned()], true).is_err());
    }
}
