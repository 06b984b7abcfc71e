//! Every answer is held against `openapi/provider.yaml`: an undocumented status fails, and so does a field more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use nico::provider::OPENAPI;
use serde_json::{Value, json};

/// Fails unless the contract knows this answer.
pub(crate) fn hold(base_path: &str, path: &str, verb: &str, status: u16, body: &Value) {
    let served = path.strip_prefix(base_path).filter(|rest| rest.starts_with("/v1.0/"));
    let path = served.unwrap_or(if path.starts_with("/health") { path } else { "an unknown path" });
    let found = validator(path, verb, status);
    let faults: Vec<String> =
        found.iter_errors(body).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{verb} {path} answered {status} against the contract: {faults:?}\n{body:#}");
}

fn validator(path: &str, verb: &str, status: u16) -> Arc<Validator> {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let pointer = schema_pointer(path, verb, status);
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(pointer.clone()).or_insert_with(|| {
        // An OpenAPI 3.1 schema is JSON Schema 2020-12, so the document is itself where a schema's references lead.
        let schema =
            json!({ "$ref": format!("#{pointer}"), "paths": spec()["paths"], "components": spec()["components"] });
        Arc::new(
            jsonschema::draft202012::new(&schema).unwrap_or_else(|fault| panic!("{pointer} is no schema: {fault}")),
        )
    });
    Arc::clone(made)
}

/// Where the schema of an answer stands in the document.
fn schema_pointer(path: &str, verb: &str, status: u16) -> String {
    let documented = ["/api", ""].map(|base| format!("/paths/{}", escape(&format!("{base}{path}"))));
    let Some(item) = documented.into_iter().find(|pointer| spec().pointer(pointer).is_some()) else {
        assert!(matches!(status, 404 | 413 | 504), "no path {path} is documented, and it answered {status}");
        return "/components/schemas/Refusal".to_owned();
    };
    let verb = verb.to_ascii_lowercase();
    let operation = [verb.as_str(), "post", "get"].map(|verb| format!("{item}/{verb}"));
    let operation = operation.into_iter().find(|pointer| spec().pointer(pointer).is_some());
    let operation = operation.unwrap_or_else(|| panic!("{path} has no operation"));
    let response = follow(format!("{operation}/responses/{status}"));
    let schema = format!("{response}/content/application~1json/schema");
    assert!(spec().pointer(&schema).is_some(), "{verb} {path} answered {status}, which the contract does not know");
    schema
}

/// A response stands in its place or is named elsewhere.
fn follow(pointer: String) -> String {
    let named = spec().pointer(&format!("{pointer}/$ref")).and_then(Value::as_str);
    named.map_or(pointer, |reference| reference.trim_start_matches('#').to_owned())
}

fn escape(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

fn spec() -> &'static Value {
    static SPEC: OnceLock<Value> = OnceLock::new();
    SPEC.get_or_init(|| serde_yaml_ng::from_str(OPENAPI).expect("the contract is YAML with text for keys"))
}
