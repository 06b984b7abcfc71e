//! nico's own tables on a server, through the command.

use crate::engine::{ENGINES, Fresh};
use crate::process::Folder;
use crate::wire::{Connection, Nicepay};

const ORDERS: &str = r#"{"payNo":"701500000001","payNoName":"Siti Aisyah","goodsName":"Buku","payNoPhone":"081234567890","payNoEmail":"siti@example.com","amount":"10000.00","partnerReferenceNo":"INV-1","expiresAt":"2030-01-31T12:00:00+07:00","status":"unpaid"}
{"payNo":"701500000002","payNoName":"Siti Aisyah","goodsName":"Buku","payNoPhone":"081234567890","payNoEmail":"siti@example.com","amount":"20000.00","partnerReferenceNo":"INV-2","expiresAt":"2030-01-31T12:00:00+07:00","status":"unpaid"}
"#;

/// A folder whose configuration has everything on a server.
fn configured(fresh: &Fresh) -> Folder {
    let folder = Folder::with_keys();
    let url = &fresh.url;
    folder.write(
        "nico.toml",
        format!(
            "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n
             [orders]\nsource = \"{url}\"\n[payments]\nstore = \"{url}\"\n[external_ids]\nstore = \"{url}\"\n"
        ),
    );
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_and_payments_are_managed_on_a_server_as_they_are_in_a_file() {
    for engine in ENGINES {
        let folder = configured(&Fresh::of(engine));
        let said = folder.nico(&["order", "list"]);
        assert!(said.err.contains("run nico migrate"), "{said:?}");
        for (done, parts) in [("tables made or brought up to date", 3), ("tables are up to date", 3)] {
            let said = folder.nico(&["migrate"]).good();
            assert_eq!(said.lines().filter(|line| line.ends_with(done)).count(), parts, "{said}");
        }
        folder.write("orders.jsonl", ORDERS);
        let said = folder.nico(&["order", "import", "orders.jsonl"]).good();
        assert_eq!(said, "2 orders written, 0 left as they stand because they are paid\n");
        pay_the_first(&folder);
        let shown = folder.nico(&["order", "show", "701500000001"]).good();
        assert!(shown.contains("paid") && shown.contains("INV-1"), "{shown}");
        assert_eq!(folder.nico(&["order", "list", "--json"]).good().lines().count(), 2);
        let listed = folder.nico(&["payment", "list", "--json"]).good();
        let payment: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
        assert_eq!((&payment["payNo"], &payment["paymentRequestId"]), (&"701500000001".into(), &"P-1".into()));
        let said = folder.nico(&["order", "import", "orders.jsonl"]).good();
        assert_eq!(said, "1 orders written, 1 left as they stand because they are paid\n", "{engine}");
        let add = "order add --pay-no 701500000001 --amount 1 --partner-reference-no INV-9 --pay-no-name S \
                   --pay-no-phone 08 --pay-no-email s@x.id --goods-name B";
        let added = folder.nico(&add.split_whitespace().collect::<Vec<_>>());
        assert!(added.err.contains("is paid"), "{added:?}");
    }
}

fn pay_the_first(folder: &Folder) {
    let server = folder.serve(&[], &[]);
    let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
    let ask = |request: &str| Connection::open(&server.address).unwrap().send(request).unwrap().code();
    assert_eq!(ask(&nicepay.inquiry("1", "701500000001")), "2000000", "{}", server.log());
    assert_eq!(ask(&nicepay.payment("2", "701500000001", "P-1")), "2000000");
    assert_eq!(ask(&nicepay.inquiry("3", "701500000001")), "4040014");
}

/// Several instances may be told to at once, by whoever starts them.
#[tokio::test(flavor = "multi_thread")]
async fn four_commands_migrate_at_once() {
    for engine in ENGINES {
        let folder = configured(&Fresh::of(engine));
        let commands: Vec<_> = (0..4)
            .map(|_| folder.command(&[], &["migrate"]).stdout(std::process::Stdio::null()).spawn().unwrap())
            .collect();
        for mut command in commands {
            assert!(command.wait().unwrap().success(), "{engine}");
        }
        folder.nico(&["order", "list"]).good();
    }
}
