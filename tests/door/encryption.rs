//! TLS to the databases and to Redis: only a server that an authority of ours vouches for, under its own name, is talked to.

use std::path::PathBuf;
use std::time::Duration;

use farmlokal_testbed::{MariaDb, Postgres, Redis, free_port, wait_until};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::fleet::{Fleet, SHARED, TOKEN, program, seed};

const QUESTION: &str = "query Shelf { products(first: 3) { nodes { name } } }";

/// Somebody who vouches for servers.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// What a server proves itself by, in PEM.
struct Proof {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// The file that clients know it by.
    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn vouch_for(&self, host: &str) -> Proof {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Proof { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// A server with these settings, asked once.
fn answers(database: &str, settings: &[(&str, &str)]) {
    let fleet = Fleet::over(database, 1, settings);
    let answer = fleet.ask(0, QUESTION);
    assert!(answer.status == 200 && answer.json()["data"]["products"]["nodes"][0]["name"].is_string(), "{}", answer.text());
}

/// The sentence with which a server does not start.
fn refuses(database: &str, settings: &[(&str, &str)]) -> String {
    let server = program(database).env("FARMLOKAL_DEV_TOKEN", TOKEN).env("FARMLOKAL_DATABASE_FIRST_CONNECT_MS", "2000");
    let failed = settings.iter().fold(server, |server, (name, value)| server.env(name, *value)).try_start().unwrap_err();
    let sentence = failed.stderr.lines().find(|line| line.starts_with("farmlokal: ")).unwrap_or_default().to_owned();
    assert!(sentence.len() > 30 && !sentence.contains("panicked"), "{}", failed.stderr);
    sentence
}

#[test]
fn postgresql_is_checked_against_the_authority_and_its_name() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let start = |host: &str| {
        let Proof { certificate, key } = ours.vouch_for(host);
        let builder = Postgres::builder().file("server.crt", certificate).file("server.key", key);
        builder.setting("ssl", "on").start()
    };
    let asked = |postgres: &Postgres, authority: &Authority, mode: &str| {
        format!("{}?sslmode={mode}&sslrootcert={}", postgres.url(), authority.file().display())
    };
    let postgres = start("127.0.0.1");
    seed(&asked(&postgres, &ours, "verify-full"));
    let encrypted = "SELECT count(*) FROM pg_stat_ssl WHERE ssl AND pid <> pg_backend_pid()";
    let fleet = Fleet::over(&asked(&postgres, &ours, "verify-full"), 1, &[]);
    assert_eq!(fleet.ask(0, QUESTION).status, 200);
    assert_ne!(postgres.query(&postgres.url(), encrypted), "0", "the connections of the server are encrypted");
    answers(&asked(&postgres, &other, "require"), &[]);
    refuses(&asked(&postgres, &other, "verify-full"), &[]);

    let elsewhere = start("elsewhere.example");
    refuses(&asked(&elsewhere, &ours, "verify-full"), &[]);
}

#[test]
fn mariadb_is_checked_against_the_authority() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let Proof { certificate, key } = ours.vouch_for("127.0.0.1");
    let builder = MariaDb::builder().file("server.crt", certificate).file("server.key", key);
    let settings = [("ssl-cert", "server.crt"), ("ssl-key", "server.key"), ("require-secure-transport", "ON")];
    let mariadb = settings.iter().fold(builder, |builder, (name, value)| builder.setting(name, value)).start();
    let asked =
        |authority: &Authority, mode: &str| format!("{}?ssl-mode={mode}&ssl-ca={}", mariadb.url(), authority.file().display());
    seed(&asked(&ours, "VERIFY_CA"));
    answers(&asked(&ours, "VERIFY_IDENTITY"), &[]);
    refuses(&asked(&other, "VERIFY_CA"), &[]);
    refuses(&format!("{}?ssl-mode=DISABLED", mariadb.url()), &[]);
}

#[test]
fn redis_is_checked_against_the_authorities_of_the_system() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let Proof { certificate, key } = ours.vouch_for("127.0.0.1");
    let port = free_port().to_string();
    let builder = Redis::builder().file("server.crt", certificate).file("server.key", key);
    let settings = [
        ("tls-port", port.as_str()),
        ("tls-cert-file", "server.crt"),
        ("tls-key-file", "server.key"),
        ("tls-auth-clients", "no"),
    ];
    let redis = settings.iter().fold(builder, |builder, (name, value)| builder.setting(name, value)).start();
    let database = Postgres::shared().fresh_database();
    seed(&database);
    let url = format!("rediss://127.0.0.1:{port}");
    let trusting = |authority: &Authority| authority.file().display().to_string();

    let file = trusting(&ours);
    let settings = [("REDIS_URL", url.as_str()), ("SSL_CERT_FILE", &file), ("FARMLOKAL_CACHE_MEMORY_BYTES", "0")];
    let fleet = Fleet::over(&database, 2, &settings);
    fleet.uses_redis();
    fleet.ask(0, QUESTION);
    wait_until("the other server finds the answer in Redis", Duration::from_secs(5), || fleet.ask(1, QUESTION).cache() == SHARED);

    let file = trusting(&other);
    let wary = Fleet::over(&database, 1, &[("REDIS_URL", url.as_str()), ("SSL_CERT_FILE", &file)]);
    assert_eq!(wary.ask(0, QUESTION).status, 200, "Redis is never needed");
    assert_ne!(wary.redis_status(0), "ok");
    drop(redis);
}
