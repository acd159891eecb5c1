//! Which tokens hold.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::support::{AUDIENCE, ED, ISSUER, NOW_S, P256, P256_LATER, Pair, RSA, World, claims, claims_with, raw};
use crate::identity::{Failure, Invalid, Scopes};

/// Why a token of the elliptic key is refused; `None` when it is taken.
async fn refusal_of(world: &World, token: &str) -> Option<Invalid> {
    match world.present(token).await {
        Ok(_) => None,
        Err(Failure::Invalid(invalid)) => Some(invalid),
        Err(other) => panic!("{other:?}"),
    }
}

async fn refusal_of_claims(changes: &Value) -> Option<Invalid> {
    let world = World::ready(&[&P256]).await;
    refusal_of(&world, &P256.token(&claims_with(changes))).await
}

async fn refusal_of_header(change: impl FnOnce(&mut Header)) -> Option<Invalid> {
    let world = World::ready(&[&P256]).await;
    let mut header = Header { kid: Some(P256.id.to_owned()), ..Header::new(Algorithm::ES256) };
    change(&mut header);
    refusal_of(&world, &P256.token_with(&header, &claims())).await
}

#[tokio::test(start_paused = true)]
async fn tokens_of_each_kind_of_key_hold_and_bring_their_scopes() {
    let world = World::ready(&[&RSA, &P256, &ED]).await;
    let mut subjects = Vec::new();
    for pair in [&*RSA, &*P256, &*ED] {
        let verified = world.present(&pair.token(&claims())).await.unwrap();
        assert_eq!(verified.scopes, Scopes::parse("ops:read").unwrap(), "{}", pair.id);
        subjects.push(verified.subject);
    }
    subjects.dedup();
    assert_eq!(subjects.len(), 1, "all of them speak of one subject");
    let other = world.present(&RSA.token(&claims_with(&json!({ "sub": "bela" })))).await.unwrap();
    assert_ne!(other.subject, subjects[0]);
}

#[tokio::test(start_paused = true)]
async fn a_token_without_a_signature_is_refused() {
    let world = World::ready(&[&RSA]).await;
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = raw(&json!({ "alg": alg, "kid": RSA.id }), &claims(), b"");
        assert_eq!(refusal_of(&world, &token).await, Some(Invalid::Malformed), "{alg}");
    }
    let unsigned = raw(&json!({ "alg": "RS256", "kid": RSA.id }), &claims(), b"");
    assert_eq!(refusal_of(&world, &unsigned).await, Some(Invalid::Signature));
}

#[tokio::test(start_paused = true)]
async fn a_public_key_is_no_secret_to_sign_with() {
    let world = World::ready(&[&RSA]).await;
    let modulus = RSA.jwk()["n"].as_str().unwrap().to_owned();
    let header = Header { kid: Some(RSA.id.to_owned()), ..Header::new(Algorithm::HS256) };
    for secret in [modulus.as_bytes(), RSA.jwk().to_string().as_bytes()] {
        let token = encode(&header, &claims(), &EncodingKey::from_secret(secret).unwrap()).unwrap();
        assert_eq!(refusal_of(&world, &token).await, Some(Invalid::Algorithm));
    }
}

#[tokio::test(start_paused = true)]
async fn the_algorithm_must_be_taken_and_fit_the_key() {
    let world = World::ready(&[&RSA, &P256]).await;
    // Each with the name of the other's key.
    let by =
        |pair: &Pair, kid: &str| pair.token_with(&Header { kid: Some(kid.to_owned()), ..Header::new(pair.algorithm) }, &claims());
    assert_eq!(refusal_of(&world, &by(&P256, RSA.id)).await, Some(Invalid::Algorithm));
    assert_eq!(refusal_of(&world, &by(&RSA, P256.id)).await, Some(Invalid::Algorithm));
    assert_eq!(refusal_of(&world, &by(&P256_LATER, P256.id)).await, Some(Invalid::Signature), "somebody else's key");
    let untaken = RSA.token_with(&Header { kid: Some(RSA.id.to_owned()), ..Header::new(Algorithm::RS384) }, &claims());
    assert_eq!(refusal_of(&world, &untaken).await, Some(Invalid::Algorithm));
}

#[tokio::test(start_paused = true)]
async fn issuer_audience_and_subject_are_ours() {
    assert_eq!(refusal_of_claims(&json!({ "iss": "https://id.example/" })).await, Some(Invalid::Issuer));
    assert_eq!(refusal_of_claims(&json!({ "iss": null })).await, Some(Invalid::Issuer));
    assert_eq!(refusal_of_claims(&json!({ "iss": [ISSUER] })).await, Some(Invalid::Malformed));
    assert_eq!(refusal_of_claims(&json!({ "aud": "another" })).await, Some(Invalid::Audience));
    assert_eq!(refusal_of_claims(&json!({ "aud": null })).await, Some(Invalid::Audience));
    assert_eq!(refusal_of_claims(&json!({ "aud": ["another", AUDIENCE] })).await, None);
    assert_eq!(refusal_of_claims(&json!({ "sub": null })).await, Some(Invalid::Subject));
    assert_eq!(refusal_of_claims(&json!({ "sub": "" })).await, Some(Invalid::Subject));
}

#[tokio::test(start_paused = true)]
async fn times_hold_with_a_leeway_of_thirty_seconds() {
    assert_eq!(refusal_of_claims(&json!({ "exp": NOW_S - 29 })).await, None);
    assert_eq!(refusal_of_claims(&json!({ "exp": NOW_S - 30 })).await, Some(Invalid::Expired));
    assert_eq!(refusal_of_claims(&json!({ "exp": NOW_S - 31 })).await, Some(Invalid::Expired));
    assert_eq!(refusal_of_claims(&json!({ "exp": null })).await, Some(Invalid::Expired));
    assert_eq!(refusal_of_claims(&json!({ "exp": "2100-01-01" })).await, Some(Invalid::Malformed));
    assert_eq!(refusal_of_claims(&json!({ "nbf": NOW_S + 30 })).await, None);
    assert_eq!(refusal_of_claims(&json!({ "nbf": NOW_S + 31 })).await, Some(Invalid::TooEarly));
}

#[tokio::test(start_paused = true)]
async fn headers_that_demand_more_than_we_know() {
    assert_eq!(refusal_of_header(|header| header.typ = None).await, None);
    assert_eq!(refusal_of_header(|header| header.typ = Some("at+JWT".to_owned())).await, None);
    assert_eq!(refusal_of_header(|header| header.typ = Some("application/at+jwt".to_owned())).await, None);
    assert_eq!(refusal_of_header(|header| header.typ = Some("logout+jwt".to_owned())).await, Some(Invalid::Type));
    assert_eq!(refusal_of_header(|header| header.crit = Some(vec!["exp".to_owned()])).await, Some(Invalid::Critical));
    assert_eq!(refusal_of_header(|header| header.crit = Some(Vec::new())).await, Some(Invalid::Critical));
    // A key that the token brings itself, or an address of one, is never looked at.
    assert_eq!(refusal_of_header(|header| header.jku = Some("https://evil.example/keys".to_owned())).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_key_may_be_missing_when_there_is_one_key() {
    let nameless = P256.token_with(&Header::new(Algorithm::ES256), &claims());
    assert_eq!(refusal_of(&World::ready(&[&P256]).await, &nameless).await, None);
    assert_eq!(refusal_of(&World::ready(&[&P256, &ED]).await, &nameless).await, Some(Invalid::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn every_changed_letter_is_seen() {
    let world = World::ready(&[&P256]).await;
    let token = P256.token(&claims());
    for at in 0..token.len() {
        let old = token.as_bytes()[at];
        let new = if old == b'A' { "B" } else { "A" };
        let changed = [&token[..at], new, &token[at + 1..]].concat();
        assert!(world.issuer.verify(&changed).is_err(), "letter {at}");
    }
    let (signed, _) = token.rsplit_once('.').unwrap();
    for broken in ["", ".", "..", "...", "a.b.c", signed, &format!("{signed}."), &format!("{token}.x")] {
        assert!(world.issuer.verify(broken).is_err(), "{broken}");
    }
    assert!(world.issuer.verify(&token).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_long_token_is_refused_unread() {
    let world = World::ready(&[&P256]).await;
    let padded = |letters| P256.token(&claims_with(&json!({ "padding": "x".repeat(letters) })));
    assert_eq!(refusal_of(&world, &padded(5_000)).await, None);
    assert_eq!(refusal_of(&world, &padded(6_200)).await, Some(Invalid::TooLong));
}

#[tokio::test(start_paused = true)]
async fn a_remembered_token_ends_when_it_ends() {
    let world = World::ready(&[&P256]).await;
    let token = P256.token(&claims());
    assert_eq!(world.present(&token).await, world.present(&token).await);
    world.pass(Duration::from_secs(329)).await;
    assert_eq!(refusal_of(&world, &token).await, None);
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(refusal_of(&world, &token).await, Some(Invalid::Expired));
}
