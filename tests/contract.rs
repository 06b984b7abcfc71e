//! `openapi/provider.yaml` and the code say the same, compared as sets and both ways.
//!
//! The document is written by hand, as a reading of NICEPAY's and SNAP's; so nothing but these tests keeps the two
//! together. Its examples lie in `openapi/examples/` too: they are sent, and the answers are those that stand there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use actix_web::App;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, header};
use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nico::adapters::memory::{MemoryOrders, MemoryPayments};
use nico::clock::FixedClock;
use nico::cvs::callback::CalledBack;
use nico::cvs::notification::Notified;
use nico::cvs::payment::PaymentRequest;
use nico::cvs::transaction::{Amt, IssuedPayNo, ReferenceNo, TXid};
use nico::cvs::{CustomerNo, InquiryRequestId, PartnerServiceId, inquiry};
use nico::order::{
    GoodsName, MitraCd, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status, StoreError,
};
use nico::payment::{PaymentRequestId, TrxDateTime};
use nico::provider::{CALLBACK_PATH, CallbackDoor, MAX_BODY, NOTIFICATION_PATH, NotificationDoor, OPENAPI, Sources};
use nico::registration::{Heard, Hears};
use nico::snap::access_token::{self, TokenKey, TokenKeys};
use nico::snap::amount::{Amount, Currency};
use nico::snap::field::{ChannelId, ClientId, ExternalId};
use nico::snap::header::{
    AUTHORIZATION, CHANNEL_ID, TOKEN_HEADERS, TRANSACTION_HEADERS, X_CLIENT_KEY, X_EXTERNAL_ID, X_PARTNER_ID,
    X_SIGNATURE,
};
use nico::snap::json::Object;
use nico::snap::key::PrivateKey;
use nico::snap::response_code::{Case, Service};
use nico::snap::secret::Secret;
use nico::snap::signature::{InvalidSignature, asymmetric_string_to_sign, verify_asymmetric};
use nico::snap::timestamp::{Timestamp, X_TIMESTAMP};
use nico::{Client, Credentials, Provider};
use proc_macro2::{TokenStream, TokenTree};
use proptest::prelude::*;
use serde_json::{Value, json};
use syn::parse::{Parse, ParseStream};

type Names = BTreeSet<String>;

static SPEC: LazyLock<Value> = LazyLock::new(|| serde_yaml_ng::from_str(OPENAPI).expect("the document is YAML"));

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn file(path: &str) -> String {
    fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder can be listed").path()).collect()
}

/// What a JSON pointer leads to, `#` and all.
fn at(pointer: &str) -> &'static Value {
    SPEC.pointer(pointer.trim_start_matches('#')).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

/// What stands here, or where its `$ref` points.
fn followed(value: &'static Value) -> &'static Value {
    value["$ref"].as_str().map_or(value, at)
}

fn object(value: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn items(value: &'static Value) -> impl Iterator<Item = &'static Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &'static Value) -> Names {
    items(value).map(|text| text.as_str().expect("a text").to_owned()).collect()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Names {
    names.into_iter().map(str::to_owned).collect()
}

/// A schema of the document, as a validator.
fn validator(pointer: &str) -> jsonschema::Validator {
    let schema = json!({ "$ref": pointer, "components": SPEC["components"] });
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).unwrap_or_else(|error| panic!("{pointer}: {error}"))
}

fn assert_valid(pointer: &str, value: &Value) {
    let faults: Vec<_> = validator(pointer).iter_errors(value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{value} against {pointer}: {faults:#?}");
}

#[test]
fn the_server_serves_this_very_document() {
    assert_eq!(OPENAPI, file("openapi/provider.yaml"));
    assert_eq!(SPEC["openapi"], "3.1.0");
    assert_eq!(SPEC["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(OPENAPI.contains("65,536") && MAX_BODY == 65_536);
}

// ---- operations ---------------------------------------------------------------------------------------------------

struct Operation {
    path: &'static str,
    verb: String,
    value: &'static Value,
}

impl Operation {
    fn id(&self) -> &'static str {
        self.value["operationId"].as_str().expect("an operationId")
    }

    /// Status → the name of its response.
    fn responses(&self) -> BTreeMap<&'static str, &'static str> {
        let name = |response: &'static Value| {
            response["$ref"].as_str().and_then(|to| to.strip_prefix("#/components/responses/"))
        };
        object(&self.value["responses"])
            .map(|(status, response)| (status, name(response).expect("each response has a name")))
            .collect()
    }
}

fn operations() -> Vec<Operation> {
    let of =
        |(path, verbs)| object(verbs).map(move |(verb, value)| Operation { path, verb: verb.to_uppercase(), value });
    object(&SPEC["paths"]).flat_map(of).collect()
}

/// The literals in a source, wherever they stand.
fn literals(tokens: TokenStream) -> Vec<String> {
    let of = |tree| match tree {
        TokenTree::Group(group) => literals(group.stream()),
        TokenTree::Literal(literal) => {
            syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()).into_iter().collect()
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) => Vec::new(),
    };
    tokens.into_iter().flat_map(of).collect()
}

/// The paths that the source names: actix cannot be asked for what was registered.
fn registered_paths() -> Names {
    let source: TokenStream = file("src/provider/mod.rs").parse().expect("it is Rust");
    let path = |text: String| match text.strip_prefix("{base}") {
        Some(rest) => Some(format!("/api{rest}")),
        None => Some(text).filter(|text| text.starts_with('/') && text != "/api"),
    };
    literals(source).into_iter().filter_map(path).collect()
}

#[actix_web::test]
async fn the_operations_are_the_route_table() {
    let provider = provider(&PrivateKey::generate(2048).unwrap());
    let app = init_service(App::new().configure(|config| provider.routes(config))).await;
    let mut verbs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for Operation { path, verb, .. } in operations() {
        verbs.entry(path).or_default().push(verb);
    }
    assert_eq!(names(verbs.keys().copied()), registered_paths());
    for (path, verbs) in verbs {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = TestRequest::default().method(method.clone()).uri(path).to_request();
            let response = call_service(&app, request).await;
            let (status, allow) = (response.status().as_u16(), response.headers().get(header::ALLOW));
            if verbs.iter().any(|verb| method.as_str() == verb) {
                assert!(![404, 405].contains(&status), "{method} {path} answers {status}");
            } else {
                assert_eq!(status, 405, "{method} {path}");
                assert_eq!(allow.unwrap().to_str().unwrap(), verbs.join(", "), "{method} {path}");
            }
        }
    }
    let unknown = TestRequest::post().uri("/api/v1.0/cvs/status").to_request();
    assert_eq!(call_service(&app, unknown).await.status(), 404, "the control");
}

#[test]
fn nobody_else_registers_routes() {
    for path in entries(&root("src/provider")) {
        let registers = fs::read_to_string(&path).unwrap().contains("web::resource(");
        assert_eq!(registers, path.ends_with("mod.rs"), "{}", path.display());
    }
}

// ---- codes --------------------------------------------------------------------------------------------------------

/// What every path may answer, before or around the work.
const EVERYWHERE: [Case; 6] = [
    Case::BadRequest,
    Case::UnsupportedFunction,
    Case::PayloadTooLarge,
    Case::TooManyRequests,
    Case::GeneralError,
    Case::Timeout,
];

/// What each operation answers besides.
const ANSWERS: [(&str, Service, &[Case]); 9] = [
    (
        "accessToken",
        Service::AccessToken,
        &[Case::Successful, Case::InvalidFieldFormat, Case::InvalidMandatoryField, Case::Unauthorized],
    ),
    (
        "inquiry",
        Service::Cvs,
        &[
            Case::Successful,
            Case::InvalidFieldFormat,
            Case::InvalidMandatoryField,
            Case::Unauthorized,
            Case::InvalidToken,
            Case::InvalidBill,
            Case::PaidBill,
            Case::ExpiredBill,
            Case::Conflict,
        ],
    ),
    (
        "payment",
        Service::Cvs,
        &[
            Case::Successful,
            Case::InvalidFieldFormat,
            Case::InvalidMandatoryField,
            Case::Unauthorized,
            Case::InvalidToken,
            Case::InvalidBill,
            Case::InvalidAmount,
            Case::PaidBill,
            Case::InconsistentRequest,
            Case::ExpiredBill,
            Case::Conflict,
        ],
    ),
    ("notification", Service::Cvs, &[Case::Unauthorized, Case::FeatureNotAllowed]),
    ("callback", Service::Cvs, &[]),
    ("callbackPosted", Service::Cvs, &[]),
    ("live", Service::Cvs, &[Case::Successful]),
    ("ready", Service::Cvs, &[Case::Successful, Case::ServiceUnavailable]),
    ("openapi", Service::Cvs, &[]),
];

/// Responses that carry no code.
const WITHOUT_CODE: [&str; 3] = ["Acknowledged", "Document", "SeeOther"];

/// What is answered where there is no operation.
const UNKNOWN_PATH: (Case, Service) = (Case::TransactionNotFound, Service::Cvs);

fn catalogue() -> BTreeSet<(Case, Service)> {
    Case::ALL.iter().flat_map(|case| case.services().iter().map(|service| (*case, *service))).collect()
}

fn answers(id: &str) -> BTreeSet<(Case, Service)> {
    let (_, service, cases) = ANSWERS.iter().find(|(known, ..)| *known == id).expect("each operation has its row here");
    cases.iter().chain(&EVERYWHERE).map(|case| (*case, *service)).collect()
}

fn codes(rows: &BTreeSet<(Case, Service)>) -> Names {
    rows.iter().map(|(case, service)| case.code(*service).to_string()).collect()
}

/// The codes that a schema lets through, as its rows have them.
fn codes_in(schema: &'static Value) -> Names {
    let own = schema["properties"]["responseCode"]["const"].as_str();
    let parts = items(&schema["oneOf"]).chain(schema["$ref"].as_str().map(at));
    own.map(str::to_owned).into_iter().chain(parts.flat_map(codes_in)).collect()
}

fn schema_of(response: &str) -> String {
    format!("#/components/responses/{response}/content/application~1json/schema")
}

#[test]
fn each_operation_names_the_codes_that_it_can_answer() {
    let operations = operations();
    assert_eq!(operations.iter().map(Operation::id).collect::<BTreeSet<_>>(), ANSWERS.map(|(id, ..)| id).into());
    for operation in &operations {
        let (id, due) = (operation.id(), codes(&answers(operation.id())));
        assert_eq!(texts(&operation.value["x-response-code"]["enum"]), due, "{id}");
        let mut told = Names::new();
        for (status, name) in operation.responses().into_iter().filter(|(_, name)| !WITHOUT_CODE.contains(name)) {
            let codes = codes_in(at(&schema_of(name)));
            assert!(!codes.is_empty() && codes.iter().all(|code| code.starts_with(status)), "{id} {status}: {codes:?}");
            told.extend(codes);
        }
        assert_eq!(told, due, "{id}, all its statuses together");
    }
}

#[test]
fn every_row_is_answered_by_somebody() {
    let mut answered: BTreeSet<_> = ANSWERS.iter().flat_map(|(id, ..)| answers(id)).collect();
    assert!(answered.insert(UNKNOWN_PATH));
    assert_eq!(answered, catalogue());
    assert_eq!(codes_in(at(&schema_of("UnknownPath"))), codes(&[UNKNOWN_PATH].into()));
}

/// The schema of a row is named after it: `PaidBill`, `TokenBadRequest`.
fn row_name((case, service): (Case, Service)) -> String {
    format!("{}{case:?}", if service == Service::AccessToken { "Token" } else { "" })
}

#[test]
fn the_rows_are_the_catalogue() {
    let is_row = |schema: &Value| schema["properties"]["responseCode"]["const"].is_string();
    let rows = object(&SPEC["components"]["schemas"]).filter(|(_, schema)| is_row(schema)).map(|(name, _)| name);
    assert_eq!(names(rows), catalogue().into_iter().map(row_name).collect());
    for (case, service) in catalogue() {
        let row = at(&format!("#/components/schemas/{}", row_name((case, service))));
        assert_eq!(row["properties"]["responseCode"]["const"], case.code(service).to_string(), "{case:?}");
        assert_eq!(row["title"], case.name());
        assert_eq!(row["x-source"], case.source());
        let message = &row["properties"]["responseMessage"];
        match case.template().split_once("{}") {
            None => assert_eq!(message["const"], case.template()),
            Some((before, after)) => {
                let pattern = message["pattern"].as_str().expect("a pattern");
                let (before, after) = (format!("^{}", escaped(before)), format!("{}$", escaped(after)));
                assert!(pattern.starts_with(&before) && pattern.ends_with(&after), "{pattern}: {before} {after}");
            }
        }
    }
}

fn escaped(text: &str) -> String {
    let escape = |c: char| if ".[]()".contains(c) { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[test]
fn a_response_takes_its_codes_and_no_other() {
    for operation in operations() {
        let refusals = |(status, name): &(&str, &str)| *status != "200" && !WITHOUT_CODE.contains(name);
        for (status, name) in operation.responses().into_iter().filter(refusals) {
            let (schema, own) = (validator(&schema_of(name)), codes_in(at(&schema_of(name))));
            for (case, service) in catalogue() {
                let detail = if case == Case::Unauthorized { "Signature" } else { X_TIMESTAMP };
                let code = case.code(service).to_string();
                let mut body = json!({ "responseCode": code, "responseMessage": case.message(detail) });
                // What says which part is down says so in every answer with its code.
                if operation.id() == "ready" && *status == *"503" {
                    body["parts"] = json!({ "orders": "down", "external_ids": "ready" });
                }
                assert_eq!(schema.is_valid(&body), own.contains(&code), "{} {status}: {body}", operation.id());
            }
        }
    }
}

// ---- texts --------------------------------------------------------------------------------------------------------

/// A text type: its name, its length, and what it takes.
type Text = (&'static str, usize, fn(&str) -> bool);

macro_rules! texts {
    ($($name:ident)+; $($reading:expr),+) => {
        [$((stringify!($name), $name::MAX_LEN, |text| $name::parse(text).is_ok()),)+ $($reading),+]
    };
}

/// The types of the code that are sent or answered, and three readings that are narrower than a type.
const TEXTS: [Text; 22] = texts! {
    Amt IssuedPayNo ReferenceNo TXid ChannelId ClientId Currency CustomerNo ExternalId GoodsName InquiryRequestId MitraCd PartnerReferenceNo
    PartnerServiceId PayNo PayNoEmail PayNoName PayNoPhone PaymentRequestId;
    ("Timestamp", Timestamp::MAX_LEN, |text| Timestamp::parse(text).is_ok()),
    ("TrxDateTime", TrxDateTime::MAX_LEN, takes_as_time),
    ("AmountText", 19, |text| Amount::parse(text).is_ok())
};

fn takes_as_time(text: &str) -> bool {
    let body = json!({ "payNo": "701589101110", "amt": "1", "trxDateTime": text }).to_string();
    !text.is_empty() && PaymentRequest::read(&Object::parse(body.as_bytes()).expect("an object")).is_ok()
}

/// `text!(… Name, "field", 40, …)`: a type of the code.
struct Declared {
    name: String,
    max_len: usize,
}

impl Parse for Declared {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        syn::Attribute::parse_outer(input)?;
        let name = input.parse::<syn::Ident>()?.to_string();
        input.parse::<syn::Token![,]>()?;
        input.parse::<syn::LitStr>()?;
        input.parse::<syn::Token![,]>()?;
        let max_len = input.parse::<syn::LitInt>()?.base10_parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self { name, max_len })
    }
}

/// All of them, wherever they stand.
fn declared(folder: &Path) -> Vec<Declared> {
    let text = |item| {
        let syn::Item::Macro(item) = item else { return None };
        item.mac.path.is_ident("text").then(|| item.mac.parse_body().ok())?
    };
    let of = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => declared(&path),
        Some(extension) if extension == "rs" => {
            let source = syn::parse_file(&fs::read_to_string(path).expect("a source can be read")).expect("it is Rust");
            source.items.into_iter().filter_map(text).collect()
        }
        _ => Vec::new(),
    };
    entries(folder).into_iter().flat_map(of).collect()
}

#[test]
fn every_text_is_as_long_as_its_type() {
    // A body is no field of itself, and an iMid is configured here and never received.
    let of_no_message =
        |text: &Declared| text.name == "ReceivedBody" && text.max_len == MAX_BODY || text.name == "IMid";
    let declared = declared(&root("src")).into_iter().filter(|text| !of_no_message(text));
    let declared: BTreeMap<_, _> = declared.map(|text| (text.name, text.max_len)).collect();
    let of_no_type = ["Timestamp", "AmountText"];
    let tested = TEXTS.iter().filter(|(name, ..)| !of_no_type.contains(name));
    assert_eq!(declared, tested.map(|(name, max_len, _)| ((*name).to_owned(), *max_len)).collect());
    for (name, max_len, _) in TEXTS {
        assert_eq!(at(&format!("#/components/schemas/{name}"))["maxLength"], max_len, "{name}");
    }
    assert_eq!(at("#/components/schemas/AccessToken")["maxLength"], access_token::MAX_LEN);
    let lifetime = at("#/components/schemas/TokenResponse/properties/expiresIn");
    assert_eq!(lifetime["const"], access_token::LIFETIME_SECONDS.to_string());
}

/// A `maxLength` that is not a text type's belongs to one of few known places.
#[test]
fn no_length_stands_anywhere_else() {
    fn lengths(path: &str, value: &'static Value, found: &mut Names) {
        for (key, inner) in object(value) {
            if key == "maxLength" {
                found.insert(path.trim_start_matches('/').to_owned());
            }
            lengths(&format!("{path}/{key}"), inner, found);
        }
        items(value).for_each(|item| lengths(&format!("{path}/[]"), item, found));
    }
    let mut found = Names::new();
    lengths("", &SPEC["components"]["schemas"], &mut found);
    let others = ["AccessToken", "Amount/properties/value", "JakartaTime", "ResponseMessage"];
    assert_eq!(found, names(TEXTS.iter().map(|(name, ..)| *name).chain(others)));
    let mut elsewhere = Names::new();
    lengths("", &SPEC["paths"], &mut elsewhere);
    lengths("", &SPEC["components"]["parameters"], &mut elsewhere);
    assert_eq!(elsewhere, Names::new());
}

/// Texts near the edge of what a type takes: of one alphabet, some a character too long or with one that is foreign.
fn near(max_len: usize) -> impl Strategy<Value = String> {
    let longest = max_len + 1;
    let of = |alphabet| proptest::string::string_regex(&format!("{alphabet}{{0,{longest}}}")).expect("a pattern");
    let alphabets = ["[0-9]", "[A-Z]", "[0-9A-Za-z]", "[0-9A-Za-z._-]", "[!-~]", "[ -~]"].map(of);
    let plain = proptest::strategy::Union::new(alphabets).boxed();
    let wide = proptest::collection::vec(any::<char>(), 0..=longest).prop_map(String::from_iter);
    let blanks: Vec<char> = "\0\t\n \u{7f}\u{85}\u{a0}\u{2028}\u{3000}\u{feff}@é１".chars().collect();
    let foreign = prop_oneof![any::<char>(), proptest::sample::select(blanks)];
    let spoilt = (plain.clone(), foreign, any::<proptest::sample::Index>()).prop_map(|(text, foreign, index)| {
        let mut characters: Vec<_> = text.chars().collect();
        characters.insert(index.index(characters.len() + 1), foreign);
        characters.into_iter().collect()
    });
    prop_oneof![2 => plain, 1 => wide, 2 => spoilt, 2 => shaped()]
}

/// E-mail addresses, times and amounts, good ones and some that are nearly good.
fn shaped() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,3}@{0,2}[a-z.@ ]{0,5}",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6]0(\\.[0-9]{0,10})?(Z|z|[+-][0-2][0-9]:[0-6][0-9])",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])",
        "20[0-9]{2}[01][0-9](0[0-9]|1[0-9]|2[0-8])[0-2][0-9][0-6][0-9][0-6][0-9]",
        "0{0,9}[0-9]{0,10}(\\.[0-9]{0,3})?",
    ]
}

/// The schemas of [`TEXTS`], in their order.
static SCHEMAS: LazyLock<Vec<jsonschema::Validator>> =
    LazyLock::new(|| TEXTS.iter().map(|(name, ..)| validator(&format!("#/components/schemas/{name}"))).collect());
static AMOUNT: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator("#/components/schemas/Amount"));
static PAYMENT: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator("#/components/schemas/PaymentRequest"));
static SIGNATURE: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator("#/components/schemas/Signature"));

/// Names that only stand in for another, and of which the schema therefore says nothing.
const STANDING_IN: [&str; 6] = ["tXid", "referenceNo", "trxId", "transDt", "transTm", "additionalInfo"];

/// Bodies of payments: any of the names, each with something good or something bad.
fn payments(names: Names) -> impl Strategy<Value = Value> {
    let good = names.into_iter().map(|name| {
        let value = match name.as_str() {
            "payNo" | "virtualAccountNo" => json!("701589101110"),
            "partnerServiceId" => json!("7015"),
            "customerNo" => json!("89101110"),
            "trxDateTime" => json!("20240122150001"),
            "transDt" => json!("20240122"),
            "transTm" => json!("150001"),
            "mitraCd" => json!("ALMA"),
            "paidAmount" | "totalAmount" => json!({ "value": "10000", "currency": "IDR" }),
            _ => json!("10000.00"),
        };
        (name, value)
    });
    let any_of_it = good.map(|(name, good)| {
        let bad =
            ["9".repeat(129).into(), json!({ "value": 1 }), json!({ "value": "1", "currency": "idr" }), json!(true)];
        let numbers = [json!(10000), json!(10000.5), json!(-1), json!("  701589101110"), json!("x y"), json!(1e9)];
        let value = prop_oneof![
            4 => Just(good),
            2 => proptest::sample::select(vec![Value::Null, json!("")]),
            1 => proptest::sample::select([&bad[..], &numbers].concat()),
        ];
        (Just(name), proptest::option::of(value))
    });
    let body = |fields: Vec<(String, Option<Value>)>| {
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<serde_json::Map<_, _>>().into()
    };
    any_of_it.collect::<Vec<_>>().prop_map(body)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    /// A pattern takes what the type takes: neither is wider.
    #[test]
    fn a_schema_takes_what_its_type_takes(
        (text, which) in (0..TEXTS.len()).prop_flat_map(|which| (near(TEXTS[which].1), Just(which)))
    ) {
        let (name, _, takes) = TEXTS[which];
        prop_assert_eq!(SCHEMAS[which].is_valid(&json!(text)), takes(&text), "{}: {:?}", name, text);
    }

    #[test]
    fn an_amount_is_written_as_the_schema_says(sen in 0..=Amount::MAX_SEN) {
        prop_assert!(AMOUNT.is_valid(&serde_json::to_value(Amount::from_sen(sen)).unwrap()));
    }

    #[test]
    fn nothing_that_violates_the_schema_is_taken_for_a_payment(body in payments(payment_names())) {
        let read = PaymentRequest::read(&Object::parse(body.to_string().as_bytes()).unwrap());
        prop_assert!(read.is_err() || PAYMENT.is_valid(&body), "{} is taken: {:?}", body, read);
    }

    #[test]
    fn a_payment_is_read_as_the_schema_says(body in payments(&payment_names() - &names(STANDING_IN))) {
        let read = PaymentRequest::read(&Object::parse(body.to_string().as_bytes()).unwrap());
        prop_assert_eq!(PAYMENT.is_valid(&body), read.is_ok(), "{}: {:?}", body, read);
    }

    #[test]
    fn a_signature_is_base64_as_the_code_decodes_it(
        text in "[A-Za-z0-9+/_-]{1,9}={0,3}|[A-Za-z0-9+/]{2}[A-D]=|[A-Za-z0-9+/][A-Q]=="
    ) {
        let timestamp = Timestamp::parse(sample_time()).unwrap();
        let refused = verify_asymmetric(&[], CLIENT, &timestamp, &text).unwrap_err();
        prop_assert_eq!(SIGNATURE.is_valid(&json!(text)), refused != InvalidSignature::NotBase64);
    }
}

// ---- headers and fields -------------------------------------------------------------------------------------------

fn headers(operation: &Operation, required: bool) -> Names {
    let parameters = items(&operation.value["parameters"]).map(followed);
    let chosen = parameters.filter(|parameter| parameter["in"] == "header" && parameter["required"] == required);
    chosen.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn the_headers_are_those_that_are_read() {
    let schemes = json!([{ "bearerToken": [] }]);
    assert_eq!(SPEC["components"]["securitySchemes"]["bearerToken"]["scheme"], "bearer");
    for operation in operations() {
        let (due, optional, security) = match operation.id() {
            "accessToken" => (names(TOKEN_HEADERS), names([]), json!([])),
            "inquiry" | "payment" => (names(TRANSACTION_HEADERS), names([X_CLIENT_KEY]), schemes.clone()),
            _ => (names([]), names([]), json!([])),
        };
        assert_eq!(headers(&operation, true), due, "{}", operation.id());
        assert_eq!(headers(&operation, false), optional, "{}", operation.id());
        assert_eq!(operation.value["security"], security, "{}", operation.id());
    }
    let types = [
        (X_TIMESTAMP, "Timestamp"),
        (X_CLIENT_KEY, "ClientId"),
        (X_PARTNER_ID, ClientId::FIELD),
        (X_SIGNATURE, "Signature"),
        (X_EXTERNAL_ID, ExternalId::FIELD),
        (CHANNEL_ID, ChannelId::FIELD),
    ];
    for (_, parameter) in object(&SPEC["components"]["parameters"]) {
        let (name, schema) = (&parameter["name"], parameter["schema"]["$ref"].as_str().expect("a type"));
        let (_, named) = types.iter().find(|(header, _)| name == header).expect("a header of ours");
        let named = match *named {
            X_PARTNER_ID => "ClientId",
            X_EXTERNAL_ID => "ExternalId",
            CHANNEL_ID => "ChannelId",
            other => other,
        };
        assert_eq!(schema, format!("#/components/schemas/{named}"), "{name}");
        assert!(validator(schema).is_valid(&parameter["example"]), "{name}");
    }
}

#[test]
fn the_fields_are_those_that_are_read() {
    let inquiry = at("#/components/schemas/InquiryRequest");
    assert_eq!(texts(&inquiry["required"]), names(inquiry::FIELDS));
    assert_eq!(names(object(&inquiry["properties"]).map(|(name, _)| name)), names(inquiry::FIELDS));
    let payment = at("#/components/schemas/PaymentRequest");
    assert_eq!(names(object(&payment["properties"]).map(|(name, _)| name)), payment_names());
    let mut body = at("#/components/requestBodies/Payment/content/application~1json/examples/inferred/value").clone();
    for name in payment_names() {
        body.as_object_mut().unwrap().entry(name).or_insert(Value::Null);
    }
    body["noSuchField"] = json!(1);
    let read = PaymentRequest::read(&Object::parse(body.to_string().as_bytes()).unwrap()).unwrap();
    assert_eq!(read.unread, ["noSuchField"]);
}

/// The names in the constants `…_NAMES` of `cvs/payment.rs`.
fn payment_names() -> Names {
    let source = syn::parse_file(&file("src/cvs/payment.rs")).expect("it is Rust");
    let list = |item| {
        let syn::Item::Const(item) = item else { return None };
        item.ident.to_string().ends_with("_NAMES").then_some(item.expr)
    };
    let elements = |list: Box<syn::Expr>| {
        let syn::Expr::Array(array) = *list else { panic!("a list of names is an array") };
        array.elems.into_iter()
    };
    let name = |element| {
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) = element else { panic!("no literal") };
        name.value()
    };
    source.items.into_iter().filter_map(list).flat_map(elements).map(name).collect()
}

/// The names that a response's message may hold for a code: ` (payNo|mitraCd)$`.
fn named_in(response: &str, row: &str) -> Names {
    let parts = items(&at(&schema_of(response))["oneOf"]);
    let mut own = parts.filter(|part| part["$ref"] == format!("#/components/schemas/{row}"));
    let part = own.next().unwrap_or_else(|| panic!("{response} has no {row}"));
    let pattern = part["properties"]["responseMessage"]["pattern"].as_str().expect("a pattern");
    let list = pattern.strip_prefix(" (").and_then(|list| list.strip_suffix(")$")).expect("a list of names");
    names(list.split('|'))
}

#[test]
fn a_refusal_names_only_what_is_read() {
    let (token, transaction) = (names(TOKEN_HEADERS), names(TRANSACTION_HEADERS));
    let (missing, malformed) = ("InvalidMandatoryField", "InvalidFieldFormat");
    let grant = &token | &names(["grantType"]);
    assert_eq!(named_in("TokenBadRequest", "TokenInvalidMandatoryField"), grant);
    assert_eq!(named_in("TokenBadRequest", "TokenInvalidFieldFormat"), grant);
    let inquiry = &transaction | &names(inquiry::FIELDS);
    let sent_wrongly = &transaction | &names([AUTHORIZATION, X_CLIENT_KEY]);
    assert_eq!(named_in("InquiryBadRequest", missing), inquiry);
    assert_eq!(named_in("InquiryBadRequest", malformed), &inquiry | &sent_wrongly);
    let never_read = names(["additionalInfo", "flagAdvise"]);
    let payment = &(&payment_names() - &never_read) | &names([Currency::FIELD]);
    assert_eq!(named_in("PaymentBadRequest", malformed), &payment | &sent_wrongly);
    let due = names(["payNo", "paidAmount", "totalAmount", "amount", "amt", Currency::FIELD]);
    assert_eq!(named_in("PaymentBadRequest", missing), &transaction | &due);
}

/// Every field, header and parameter says where it comes from; requests are open, answers are not.
#[test]
fn everything_has_a_source_and_answers_are_closed() {
    let legend = ["NICEPAY", "ASPI", "HTTP", "inferred", "nico"];
    let has_source = |what: &str, value: &Value| {
        let source = value["x-source"].as_str().unwrap_or_default();
        assert!(legend.iter().any(|word| source.starts_with(word)), "{what} does not say where it comes from");
    };
    for part in ["parameters", "headers", "securitySchemes"] {
        object(&SPEC["components"][part]).for_each(|(name, value)| has_source(name, value));
    }
    let mut open = Names::new();
    let rows: Names = catalogue().into_iter().map(row_name).collect();
    for (name, schema) in object(&SPEC["components"]["schemas"]).filter(|(name, _)| !rows.contains(*name)) {
        object(&schema["properties"]).for_each(|(field, value)| has_source(&format!("{name}.{field}"), value));
        if schema["type"] == "object" {
            let more = schema["additionalProperties"].as_bool().expect("it says whether it takes more");
            open.extend(Some(name.to_owned()).filter(|_| more));
        }
    }
    let asked = ["TokenRequest", "InquiryRequest", "PaymentRequest", "PaidAmountObject", "Notification"];
    assert_eq!(open, names(asked));
}

// ---- examples -----------------------------------------------------------------------------------------------------

const CLIENT: &str = "IONPAYTEST";

/// File, the place in the document that holds the same, and the schema of that place.
const EXAMPLES: [(&str, &str, &str); 7] = [
    ("token.request", "requestBodies/Token", "documented"),
    ("token.response", "responses/TokenIssued", "documented"),
    ("inquiry.request", "requestBodies/Inquiry", "documented"),
    ("inquiry.response", "responses/InquiryAnswered", "documented"),
    ("payment.request", "requestBodies/Payment", "inferred"),
    ("payment.response", "responses/PaymentAcknowledged", "inferred"),
    ("refusal.response", "responses/InquiryNotPayable", "paid"),
];

fn example(name: &str) -> Value {
    serde_json::from_str(&file(&format!("openapi/examples/{name}.json"))).expect("an example is JSON")
}

#[test]
fn the_examples_are_the_documents_and_valid() {
    for (name, place, inline) in EXAMPLES {
        let content = format!("#/components/{place}/content/application~1json");
        assert_eq!(*at(&format!("{content}/examples/{inline}/value")), example(name), "{name}");
        assert_valid(&format!("{content}/schema"), &example(name));
    }
    let files: BTreeSet<_> = entries(&root("openapi/examples")).into_iter().collect();
    assert_eq!(files, EXAMPLES.map(|(name, ..)| root(&format!("openapi/examples/{name}.json"))).into());
    let inline = OPENAPI.lines().filter(|line| line.trim() == "examples:").count();
    assert_eq!(inline, EXAMPLES.len(), "an example in the document that has no file");
}

/// The example of an answer shows every field that the answer can have.
#[test]
fn the_examples_are_whole() {
    for (name, schema) in [("inquiry.response", "InquiryPayNoData"), ("payment.response", "PaymentPayNoData")] {
        let fields = object(&at(&format!("#/components/schemas/{schema}"))["properties"]).map(|(field, _)| field);
        let shown = example(name)["payNoData"].as_object().map(|data| data.keys().cloned().collect());
        assert_eq!(shown, Some(names(fields)), "{name}");
    }
}

fn sample_order() -> Result<Order, StoreError> {
    Ok(Order {
        pay_no: PayNo::parse("701589101110")?,
        partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234")?,
        pay_no_name: PayNoName::parse("John Test")?,
        pay_no_phone: PayNoPhone::parse("087771122333")?,
        pay_no_email: PayNoEmail::parse("jhon@test.com")?,
        goods_name: GoodsName::parse("Pembelian John Test")?,
        amount: Amount::parse("10000")?,
        expires_at: "2024-07-03T12:08:56+07:00".parse()?,
        status: Status::Unpaid,
        mitra_cd: None,
    })
}

/// A server at the hour of NICEPAY's sample, with the order of NICEPAY's sample.
fn provider(key: &PrivateKey) -> Provider {
    let token_key = TokenKey::new(&Secret::new(*b"0123456789abcdef0123456789abcdef")).expect("32 bytes are enough");
    let client_id = ClientId::parse(CLIENT).expect("an id");
    let client = Client::new(client_id, key.public().expect("2048 bits are enough"));
    let orders = MemoryOrders::from_iter([sample_order().expect("NICEPAY's own sample")]);
    let now = Timestamp::parse(sample_time()).expect("NICEPAY's own sample").instant();
    Provider::new(Credentials::new(TokenKeys::new(token_key, vec![]), [client]), orders)
        .payments(MemoryPayments::default())
        .notifications(NotificationDoor::new(NOTIFICATION_PATH, anywhere()), Arc::new(Deaf))
        .callbacks(CallbackDoor::new(CALLBACK_PATH, "https://shop.example/").expect("a URL"), Arc::new(Deaf))
        .clock(Arc::new(FixedClock::at(now)))
}

/// Whoever is asked of registrations and knows none.
struct Deaf;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

impl Hears for Deaf {
    fn hear(&self, _: Notified, _: std::net::IpAddr, _: String, _: chrono::DateTime<chrono::Utc>) -> Answer<'_, Heard> {
        Box::pin(async { Ok(Heard::Kept) })
    }

    fn called_back(&self, _: CalledBack) -> Answer<'_, Option<ReferenceNo>> {
        Box::pin(async { Ok(None) })
    }
}

fn anywhere() -> Sources {
    Sources::parse(&["0.0.0.0/0".to_owned()], &[]).expect("a network")
}

fn sample_time() -> &'static str {
    SPEC["components"]["parameters"]["Timestamp"]["example"].as_str().expect("an example")
}

/// The headers of the document's examples, with a signature that fits.
fn signed(key: &PrivateKey, body: &Value) -> TestRequest {
    let timestamp = Timestamp::parse(sample_time()).expect("NICEPAY's own sample");
    let signature = key.sign(asymmetric_string_to_sign(CLIENT, &timestamp).as_bytes());
    let request = TestRequest::post().set_payload(body.to_string());
    let headers = [(X_TIMESTAMP, sample_time()), (X_CLIENT_KEY, CLIENT), (X_PARTNER_ID, CLIENT), (CHANNEL_ID, CLIENT)];
    let request = headers.into_iter().fold(request, TestRequest::insert_header);
    request.insert_header(header::ContentType::json()).insert_header((X_SIGNATURE, STANDARD.encode(signature)))
}

/// Holds an answer against the response of that name, headers and body, and gives back the body.
async fn documented(response: ServiceResponse, name: &str) -> Value {
    headers_documented(&response, name);
    let body: Value = read_body_json(response).await;
    assert_valid(&schema_of(name), &body);
    body
}

fn headers_documented(response: &ServiceResponse, name: &str) {
    let headers = &at(&format!("#/components/responses/{name}"))["headers"];
    let sent: Names = response.headers().keys().map(|header| header.as_str().to_uppercase()).collect();
    let (own, known): (Names, Names) =
        (&sent - &names(["CONTENT-TYPE"]), object(headers).map(|(header, _)| header.to_uppercase()).collect());
    assert!(own.is_subset(&known), "{name} has {own:?}, documented are {known:?}");
    for (header, value) in object(headers) {
        let (header, value) = (response.headers().get(header), followed(value));
        assert!(header.is_some() || value["required"] == false, "{name} lacks a header: {value}");
        let text = header.map(|header| header.to_str().expect("ASCII").to_owned());
        text.into_iter().for_each(|text| assert!(valid_against(&value["schema"], &json!(text)), "{name}: {text}"));
    }
}

/// Against a schema of the document that has no pointer of its own.
fn valid_against(schema: &Value, value: &Value) -> bool {
    let whole = json!({ "allOf": [schema], "components": SPEC["components"] });
    jsonschema::validator_for(&whole).expect("a schema").is_valid(value)
}

#[actix_web::test]
async fn the_examples_are_what_is_asked_and_answered() {
    let key = PrivateKey::generate(2048).unwrap();
    let provider = provider(&key);
    let app = init_service(App::new().configure(|config| provider.routes(config))).await;
    let token = example("token.response")["accessToken"].as_str().unwrap().to_owned();
    let (token_path, inquiry, payment) =
        ("/api/v1.0/access-token/b2b", "/api/v1.0/cvs/inquiry", "/api/v1.0/cvs/payment");
    for (id, path, asked, name, answered) in [
        ("1", token_path, "token.request", "TokenIssued", Some("token.response")),
        ("2", inquiry, "inquiry.request", "InquiryAnswered", Some("inquiry.response")),
        ("2", inquiry, "inquiry.request", "Conflict", None),
        ("3", payment, "payment.request", "PaymentAcknowledged", Some("payment.response")),
        ("4", payment, "payment.request", "PaymentAcknowledged", Some("payment.response")),
        ("5", inquiry, "inquiry.request", "InquiryNotPayable", Some("refusal.response")),
        ("6", token_path, "refusal.response", "TokenBadRequest", None),
        ("7", inquiry, "refusal.response", "InquiryBadRequest", None),
        ("8", payment, "refusal.response", "PaymentBadRequest", None),
    ] {
        let request = signed(&key, &example(asked)).uri(path).insert_header((X_EXTERNAL_ID, id));
        let request = request.insert_header((AUTHORIZATION, format!("Bearer {token}")));
        let body = documented(call_service(&app, request.to_request()).await, name).await;
        assert!(answered.is_none_or(|answered| body == example(answered)), "{name}: {body}");
    }
}

#[actix_web::test]
async fn what_needs_no_signature_is_answered_as_documented() {
    let provider = provider(&PrivateKey::generate(2048).unwrap());
    let app = init_service(App::new().configure(|config| provider.routes(config))).await;
    for (request, name) in [
        (TestRequest::get().uri("/health/live"), "Live"),
        (TestRequest::get().uri("/health/ready"), "Ready"),
        (TestRequest::post().uri("/openapi.yaml"), "UnsupportedFunction"),
        (TestRequest::put().uri(CALLBACK_PATH), "UnsupportedFunction"),
        (TestRequest::get().uri("/api/v1.0/cvs/inquiry"), "UnsupportedFunction"),
        (TestRequest::get().uri("/api/v1.0/access-token/b2b"), "TokenUnsupportedFunction"),
        (TestRequest::post().uri("/api/v1.0/cvs/inquiry"), "Unauthorized"),
        (TestRequest::post().uri("/api/v1.0/cvs/payment").set_payload(vec![b' '; MAX_BODY + 1]), "PayloadTooLarge"),
    ] {
        documented(call_service(&app, request.to_request()).await, name).await;
    }
    for callback in [TestRequest::get(), TestRequest::post()] {
        let response = call_service(&app, callback.uri(CALLBACK_PATH).to_request()).await;
        assert_eq!(response.status(), 303);
        headers_documented(&response, "SeeOther");
        assert_eq!(read_body(response).await, "");
    }
    let told = "tXid=IONPAYTEST03202406191012345678&merchantToken=x&referenceNo=1&amt=1&status=0";
    let told = TestRequest::post().uri(NOTIFICATION_PATH).peer_addr(([127, 0, 0, 1], 1).into()).set_payload(told);
    let response = call_service(&app, told.to_request()).await;
    assert_eq!(response.status(), 200);
    headers_documented(&response, "Acknowledged");
    let documented = object(&at("#/components/responses/Acknowledged")["content"]).map(|(media_type, _)| media_type);
    let media_type = response.headers().get(header::CONTENT_TYPE).unwrap().to_str().unwrap().to_owned();
    assert_eq!(documented.collect::<Vec<_>>(), [media_type]);
    assert_eq!(read_body(response).await, "SUCCESS");
    let response = call_service(&app, TestRequest::get().uri("/openapi.yaml").to_request()).await;
    assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), "application/yaml");
    assert_eq!(read_body(response).await, OPENAPI);
}

#[test]
fn the_readme_shows_what_nico_codes_prints() {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_nico")).arg("codes").output().expect("nico runs");
    let printed = String::from_utf8(printed.stdout).expect("the catalogue is UTF-8");
    let readme = include_str!("../README.md");
    let shown =
        readme.split_once("<!-- nico codes -->\n").and_then(|(_, rest)| rest.split_once("<!-- /nico codes -->"));
    assert_eq!(shown.expect("the README has the table").0, printed);
}
