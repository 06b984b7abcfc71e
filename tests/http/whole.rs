//! From the counter to a merchant's service and back, with nothing but a configuration between them.

use serde_json::Value;

use crate::languages::Example;
use crate::process::Folder;
use crate::service::SECRET;
use crate::wire::{Answer, Connection, Nicepay};

#[test]
fn nico_serves_out_of_each_of_the_examples() {
    for (program, package, arguments) in Example::ALL {
        let example = Example::start(program, package, arguments);
        let folder = Folder::with_keys();
        folder.write("keys/orders.secret", SECRET);
        let settings = format!(
            "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n\
             [orders]\nsource = \"{}\"\nsecret_file = \"keys/orders.secret\"\n",
            example.url()
        );
        folder.write("nico.toml", settings);
        let server = folder.serve(&[], &[]);
        let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
        let ask = |request: &str| -> Answer { Connection::open(&server.address).unwrap().send(request).unwrap() };
        let bill: Value = serde_json::from_str(&ask(&nicepay.inquiry("1", "701589101110")).body).unwrap();
        assert_eq!(bill["responseCode"], "2000000", "{program}: {}", server.log());
        assert_eq!(bill["payNoData"]["goodsName"], "Pembelian John Test");
        for (request, code) in [
            (nicepay.inquiry("2", "701589101111"), "4040014"),
            (nicepay.inquiry("3", "701589101112"), "4040012"),
            (nicepay.payment("4", "701589101110", "P-1"), "2000000"),
            (nicepay.inquiry("5", "701589101110"), "4040014"),
        ] {
            assert_eq!(ask(&request).code(), code, "{program}");
        }
        drop(example);
        assert_eq!(ask(&nicepay.inquiry("6", "701589101110")).code(), "5000000", "{program}: the service is gone");
        assert!(!server.is_ready());
    }
}
