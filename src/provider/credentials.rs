//! Who may call: clients with their keys, and the keys of our own tokens.

use std::collections::HashMap;

use crate::snap::access_token::TokenKeys;
use crate::snap::field::ClientId;
use crate::snap::key::PublicKey;
use crate::snap::secret::Secret;

/// A caller: NICEPAY, under one client id.
#[derive(Debug)]
pub struct Client {
    pub(super) id: ClientId,
    pub(super) keys: Vec<PublicKey>,
    pub(super) scheme: Scheme,
}

/// How a client signs inquiries and payments. There is no falling back from one to the other.
#[derive(Debug)]
pub(super) enum Scheme {
    /// SHA256withRSA over `clientId|X-TIMESTAMP`, as NICEPAY documents.
    Asymmetric,
    /// HMAC-SHA512 over method, path, token, body and time, as SNAP has it by default.
    Symmetric(Secret),
}

impl Client {
    /// A caller that signs with the key `key` belongs to.
    pub fn new(id: ClientId, key: PublicKey) -> Self {
        Self { id, keys: vec![key], scheme: Scheme::Asymmetric }
    }

    /// Takes a second key as well, while one replaces the other.
    #[must_use]
    pub fn or(mut self, key: PublicKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Inquiries and payments are signed with HMAC-SHA512 and this secret. The token call stays asymmetric.
    #[must_use]
    pub fn symmetric(self, secret: Secret) -> Self {
        Self { scheme: Scheme::Symmetric(secret), ..self }
    }
}

/// All callers, and the keys of the tokens they are given.
pub struct Credentials {
    pub(super) token_keys: TokenKeys,
    clients: HashMap<ClientId, Client>,
}

impl Credentials {
    /// One token key, or several while one replaces another. Where two clients share an id, the later one counts.
    pub fn new(token_keys: impl Into<TokenKeys>, clients: impl IntoIterator<Item = Client>) -> Self {
        let clients = clients.into_iter().map(|client| (client.id.clone(), client)).collect();
        Self { token_keys: token_keys.into(), clients }
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub(super) fn client(&self, id: &ClientId) -> Option<&Client> {
        self.clients.get(id)
    }
}
