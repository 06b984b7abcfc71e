//! `openapi/orders.yaml` and the code say the same: what is asked is as documented, and what is documented is read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use nico::order::{GoodsName, MitraCd, PartnerReferenceNo, PayNoEmail, PayNoName, PayNoPhone};
use nico::snap::json::Object;
use nico::webhook::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use nico::{Order, PayNo, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::connections::is_signed;
use crate::service::{PATIENT, SAMPLE, SECRET, Service, clock_off_by, find, found, order, order_text, orders};

pub(crate) static SPEC: LazyLock<Value> =
    LazyLock::new(|| serde_yaml_ng::from_str(include_str!("../../openapi/orders.yaml")).expect("the document is YAML"));
static PROVIDER: LazyLock<Value> =
    LazyLock::new(|| serde_yaml_ng::from_str(nico::provider::OPENAPI).expect("the document is YAML"));
static ORDER: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator("#/components/schemas/Order"));

fn validator(pointer: &str) -> jsonschema::Validator {
    let schema = json!({ "$ref": pointer, "components": SPEC["components"] });
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn at(pointer: &str) -> &'static Value {
    SPEC.pointer(pointer).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

fn keys(value: &'static Value) -> BTreeSet<&'static str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn texts(value: &'static Value) -> BTreeSet<&'static str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The orders of the document's examples.
pub(crate) fn examples() -> Vec<Order> {
    let examples = at("/components/responses/Found/content/application~1json/examples").as_object().unwrap();
    examples.values().map(|example| order(&example["value"].to_string())).collect()
}

#[tokio::test]
async fn what_is_asked_is_as_documented() {
    let service = Service::saying(found(&order_text(SAMPLE)));
    find(&orders(&service.url, PATIENT, clock_off_by(0)), SAMPLE).await.unwrap();
    let request = service.received().remove(0);
    let parameters = at("/components/parameters").as_object().unwrap().values();
    let mut named = BTreeSet::new();
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap();
        let schema = jsonschema::validator_for(&parameter["schema"]).unwrap();
        assert!(parameter["in"] == "header" && parameter["required"] == true && named.insert(name));
        assert!(schema.is_valid(&json!(request.header(name))) && schema.is_valid(&parameter["example"]), "{name}");
    }
    assert_eq!(named, [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE].into());
    assert_eq!(at("/paths/~1nico~1orders/post/parameters").as_array().unwrap().len(), named.len());
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    assert!(validator("#/components/schemas/Question").is_valid(&asked));
    assert_eq!(asked, *example_question());
    let (question, fields) = (at("/components/schemas/Question"), asked.as_object().unwrap().keys());
    assert_eq!(texts(&question["required"]), fields.map(String::as_str).collect());
    assert_eq!(
        (keys(&question["properties"]), &question["additionalProperties"]),
        (texts(&question["required"]), &json!(false))
    );
}

fn example_question() -> &'static Value {
    at("/components/requestBodies/Question/content/application~1json/examples/sample/value")
}

/// The example of the signature is the signature of the examples.
#[test]
fn the_example_is_signed() {
    let parameter = |name: &str| at(&format!("/components/parameters/{name}/example")).as_str().unwrap();
    let body = r#"{"payNo":"701589101110","partnerServiceId":"7015","customerNo":"89101110"}"#;
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), *example_question());
    let head = format!(
        "POST / HTTP/1.1\r\nwebhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: {}\r\ncontent-length: {}\r\n\r\n",
        parameter("WebhookId"),
        parameter("WebhookTimestamp"),
        parameter("WebhookSignature"),
        body.len()
    );
    assert!(is_signed(&crate::service::Received::of(&format!("{head}{body}"))));
    assert!(at("/components/parameters/WebhookSignature/description").as_str().unwrap().contains(SECRET));
}

#[test]
fn the_order_is_what_is_read() {
    let schema = at("/components/schemas/Order");
    assert_eq!(keys(&schema["properties"]), Order::FIELDS.into());
    let required: BTreeSet<_> = Order::FIELDS.into_iter().filter(|field| *field != MitraCd::FIELD).collect();
    assert_eq!(texts(&schema["required"]), required);
    assert_eq!(schema["additionalProperties"], true);
    assert_eq!(texts(&schema["properties"]["status"]["enum"]), Status::ALL.map(Status::as_str).into());
    assert_eq!(keys(at("/paths/~1nico~1orders/post/responses")), ["200", "401", "404"].into());
    for (name, max_len) in [
        ("PayNo", PayNo::MAX_LEN),
        ("PartnerReferenceNo", PartnerReferenceNo::MAX_LEN),
        ("PayNoName", PayNoName::MAX_LEN),
        ("PayNoPhone", PayNoPhone::MAX_LEN),
        ("PayNoEmail", PayNoEmail::MAX_LEN),
        ("GoodsName", GoodsName::MAX_LEN),
        ("MitraCd", MitraCd::MAX_LEN),
    ] {
        assert_eq!(at(&format!("/components/schemas/{name}"))["maxLength"], max_len, "{name}");
    }
}

/// provider.yaml's texts are held to the types of the code, character by character, in tests/contract.rs.
#[test]
fn what_provider_yaml_has_too_is_the_same() {
    let schemas = keys(at("/components/schemas"));
    for name in schemas.iter().filter(|name| !["Question", "Order"].contains(name)) {
        assert_eq!(SPEC["components"]["schemas"][name], PROVIDER["components"]["schemas"][name], "{name}");
    }
    assert_eq!(schemas.len(), 14);
    assert_eq!(SPEC["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_examples_are_orders() {
    let examples = at("/components/responses/Found/content/application~1json/examples").as_object().unwrap();
    for (name, example) in examples {
        assert!(ORDER.is_valid(&example["value"]), "{name}");
        assert_eq!(serde_json::to_value(order(&example["value"].to_string())).unwrap(), example["value"], "{name}");
    }
    let shown: BTreeSet<_> =
        examples.values().flat_map(|example| example["value"].as_object().unwrap().keys()).collect();
    assert_eq!(shown.into_iter().map(String::as_str).collect::<BTreeSet<_>>(), Order::FIELDS.into());
}

/// An order with something else in place of one of its fields, or with a field more.
fn nearly() -> impl Strategy<Value = Value> {
    let good: Value = serde_json::from_str(&order_text(SAMPLE)).unwrap();
    let fields = [&Order::FIELDS[..], &["fieldOfTheirs"]].concat();
    let values = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!(true)),
        Just(json!(["unpaid"])),
        "[0-9]{0,13}".prop_map(Value::from),
        "[!-~]{0,41}".prop_map(Value::from),
        "\\PC{0,210}".prop_map(Value::from),
        "[a-z]{1,3}@[a-z ]{0,3}".prop_map(Value::from),
        "2030-[01][0-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|\\+07:00|)".prop_map(Value::from),
        proptest::sample::select(&["unpaid", "paid", "cancelled", "Paid", "ALMA", "10000", "1e4"])
            .prop_map(Value::from),
        proptest::sample::select(vec![
            json!(10000),
            json!(0.5),
            json!(10.125),
            json!(-1),
            json!(1_000_000_000_000_i64)
        ]),
    ];
    (proptest::sample::select(fields), proptest::option::of(values)).prop_map(move |(field, value)| {
        let mut order = good.clone();
        match value {
            Some(value) => drop(order.as_object_mut().unwrap().insert(field.to_owned(), value)),
            None => drop(order.as_object_mut().unwrap().remove(field)),
        }
        order
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn an_order_is_read_as_the_schema_says(nearly in nearly()) {
        let read = Order::read(&Object::parse(nearly.to_string().as_bytes()).unwrap());
        prop_assert_eq!(ORDER.is_valid(&nearly), read.is_ok(), "{}: {:?}", nearly, read);
    }
}
