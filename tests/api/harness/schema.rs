//! Every answer is held against `openapi/provider.yaml`: an undocumented status fails, and so does a field more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use nico::provider::OPENAPI;
use serde_json::{Value, json};

use super::{Raw, Response};

/// Fails unless the contract knows this answer: its status, its headers, its body.
pub(crate) fn hold(base_path: &str, path: &str, verb: &str, answer: &Response) {
    let documented = documented(base_path, path, verb, answer);
    let asked = format!("{verb} {path} answered {}", answer.status);
    conforms(&format!("{documented}/content/application~1json/schema"), &answer.json, &asked);
    headers_conform(&documented, |name| answer.header(name), &asked);
}

/// The same for an answer that is no JSON: its status, its headers, its media type.
pub(crate) fn hold_headers(path: &str, verb: &str, answer: &Raw) {
    let asked = format!("{verb} {path} answered {}", answer.status);
    let operation = format!("/paths/{}/{}/responses", path.replace('/', "~1"), verb.to_ascii_lowercase());
    let documented = follow(format!("{operation}/{}", answer.status));
    let content = spec().pointer(&format!("{documented}/content")).and_then(Value::as_object);
    let media_types: Vec<_> = content.into_iter().flatten().map(|(media_type, _)| media_type.as_str()).collect();
    assert_eq!(answer.header("content-type"), media_types.first().copied(), "{asked}");
    headers_conform(&documented, |name| answer.header(name), &asked);
}

fn headers_conform<'a>(documented: &str, sent: impl Fn(&str) -> Option<&'a str>, asked: &str) {
    let headers = spec().pointer(&format!("{documented}/headers")).and_then(Value::as_object);
    for name in headers.expect("an answer has headers").keys() {
        let header = follow(format!("{documented}/headers/{name}"));
        let required = spec().pointer(&format!("{header}/required")) == Some(&json!(true));
        let Some(sent) = sent(&name.to_ascii_lowercase()) else {
            assert!(!required, "{asked} without {name}");
            continue;
        };
        conforms(&format!("{header}/schema"), &json!(sent), asked);
    }
}

fn conforms(schema: &str, value: &Value, asked: &str) {
    let validator = validator(schema);
    let faults: Vec<String> =
        validator.iter_errors(value).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{asked} against the contract: {faults:?}\n{value:#}");
}

/// Where the document describes such an answer.
fn documented(base_path: &str, path: &str, verb: &str, answer: &Response) -> String {
    let under_base = path.strip_prefix(base_path).filter(|rest| rest.starts_with("/v1.0/"));
    let operation =
        format!("/paths/{}", under_base.map_or(path.to_owned(), |rest| format!("/api{rest}")).replace('/', "~1"));
    let verbs = [verb.to_ascii_lowercase(), "post".to_owned(), "get".to_owned()];
    let operation = verbs.iter().map(|verb| format!("{operation}/{verb}")).find(|verb| spec().pointer(verb).is_some());
    let served = under_base.is_some() || !path.contains("/v1.0/");
    match operation {
        // A merchant without a ledger does not serve this path.
        Some(_) if path.ends_with("cvs/payment") && answer.code() == "4040001" => named("UnknownPath"),
        Some(operation) if served => follow(format!("{operation}/responses/{}", answer.status)),
        _ => match answer.status {
            404 => named("UnknownPath"),
            413 => named("PayloadTooLarge"),
            status => panic!("{verb} {path}, which is no path, answered {status}"),
        },
    }
}

fn named(response: &str) -> String {
    format!("/components/responses/{response}")
}

/// What stands under a pointer may be a reference to where it is described.
fn follow(pointer: String) -> String {
    let found = spec().pointer(&pointer).unwrap_or_else(|| panic!("the contract has no {pointer}"));
    let reference = found["$ref"].as_str();
    reference.map_or(pointer, |reference| reference.trim_start_matches('#').to_owned())
}

fn validator(pointer: &str) -> Arc<Validator> {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    assert!(spec().pointer(pointer).is_some(), "the contract has no {pointer}");
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(pointer.to_owned()).or_insert_with(|| {
        // An OpenAPI 3.1 schema is JSON Schema 2020-12, so the document is itself where a schema's references lead.
        let schema = json!({ "$ref": format!("#{pointer}"), "components": spec()["components"] });
        let made = jsonschema::draft202012::new(&schema);
        Arc::new(made.unwrap_or_else(|fault| panic!("{pointer} is no schema: {fault}")))
    });
    Arc::clone(made)
}

fn spec() -> &'static Value {
    static SPEC: OnceLock<Value> = OnceLock::new();
    SPEC.get_or_init(|| serde_yaml_ng::from_str(OPENAPI).expect("the contract is YAML with text for keys"))
}
