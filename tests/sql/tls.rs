//! Certificates: trusted where they are to be, and refused in one sentence where nobody vouches for them.

use nico::adapters::sql::Database;

use crate::engine::LIMITS;
use crate::process::{Folder, free_port};
use crate::services::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked_where_the_url_asks_for_it() {
    // The process has two libraries that could bring TLS its cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (engine, verify, authority) in
        [("postgres", "sslmode=verify-full", "sslrootcert"), ("mariadb", "ssl-mode=VERIFY_IDENTITY", "ssl-ca")]
    {
        let service = Service::start(engine, &["--fast", "--tls"]);
        let (plain, ca) = (service.url().split('?').next().unwrap(), service.json()["ca"].as_str().unwrap());
        let trusted = format!("{plain}?{verify}&{authority}={ca}");
        Database::connect(&trusted, None, LIMITS).await.unwrap_or_else(|error| panic!("{engine}: {error}"));
        let unknown = format!("{plain}?{verify}");
        let folder = Folder::with_keys();
        folder.write(
            "nico.toml",
            format!(
                "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n
                 [payments]\nstore = \"{unknown}\"\n"
            ),
        );
        let address = format!("127.0.0.1:{}", free_port());
        let ran = folder.nico_with(&[("NICO__LISTEN", &address)], &["serve"]);
        assert!(ran.code == Some(1) && ran.err.lines().count() == 1, "{ran:?}");
        for part in ["payments.store", "certificate"] {
            assert!(ran.err.contains(part), "{engine}: {ran:?}");
        }
    }
}
