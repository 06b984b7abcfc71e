//! Shops that know nothing of nico, answered by configuration alone: one as WooCommerce keeps its orders in MySQL, one
//! as a Laravel application does in PostgreSQL.

use serde_json::Value;

use crate::engine::Fresh;
use crate::process::{Folder, Ran, Server};
use crate::wire::{Answer, Connection, Nicepay};

const CLIENT: &str = "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n";

/// Orders are posts, and what is known of them lies in a table of names and values.
const WOOCOMMERCE: &str = "
    CREATE TABLE wp_posts (
        ID BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, post_date DATETIME NOT NULL DEFAULT NOW(),
        post_title TEXT NOT NULL, post_status VARCHAR(20) NOT NULL, post_type VARCHAR(20) NOT NULL);
    CREATE TABLE wp_postmeta (
        meta_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, post_id BIGINT UNSIGNED NOT NULL,
        meta_key VARCHAR(255), meta_value LONGTEXT, KEY post_id (post_id), KEY meta_key (meta_key(191)));
    CREATE TABLE wp_woocommerce_order_items (
        order_item_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, order_item_name TEXT NOT NULL,
        order_item_type VARCHAR(200) NOT NULL, order_id BIGINT UNSIGNED NOT NULL);
    INSERT INTO wp_posts (ID, post_title, post_status, post_type) VALUES
        (41, 'Order', 'wc-pending', 'shop_order'), (42, 'Order', 'wc-completed', 'shop_order'),
        (43, 'Order', 'wc-cancelled', 'shop_order');
    INSERT INTO wp_postmeta (post_id, meta_key, meta_value)
        SELECT ID, '_billing_first_name', 'Siti' FROM wp_posts UNION ALL
        SELECT ID, '_billing_last_name', 'Nurhaliza' FROM wp_posts UNION ALL
        SELECT ID, '_billing_phone', '+62 812-3456-7890' FROM wp_posts UNION ALL
        SELECT ID, '_billing_email', 'siti@example.co.id' FROM wp_posts UNION ALL
        SELECT ID, '_order_total', '10000.00' FROM wp_posts UNION ALL
        SELECT ID, '_nicepay_pay_no', CONCAT('7015000000', ID) FROM wp_posts UNION ALL
        SELECT ID, '_nicepay_expires', '1896066000' FROM wp_posts;
    INSERT INTO wp_woocommerce_order_items (order_item_name, order_item_type, order_id) VALUES
        ('Kemeja batik – édisi 2', 'line_item', 41), ('Kain', 'line_item', 41), ('JNE', 'shipping', 41),
        ('Kain', 'line_item', 42), ('Kain', 'line_item', 43);";

const WOOCOMMERCE_SETTINGS: &str = r#"
[orders]
source = "URL"
find = """
  SELECT CONCAT('WC-', p.ID) AS partnerReferenceNo, p.post_status AS status,
         TRIM(CONCAT(MAX(IF(m.meta_key = '_billing_first_name', m.meta_value, '')), ' ',
                     MAX(IF(m.meta_key = '_billing_last_name', m.meta_value, '')))) AS payNoName,
         REGEXP_REPLACE(MAX(IF(m.meta_key = '_billing_phone', m.meta_value, '')), '[^0-9]', '') AS payNoPhone,
         MAX(IF(m.meta_key = '_billing_email', m.meta_value, '')) AS payNoEmail,
         (SELECT GROUP_CONCAT(i.order_item_name SEPARATOR ', ') FROM wp_woocommerce_order_items i
          WHERE i.order_id = p.ID AND i.order_item_type = 'line_item') AS goodsName,
         MAX(IF(m.meta_key = '_order_total', m.meta_value, '')) AS amount,
         FROM_UNIXTIME(MAX(IF(m.meta_key = '_nicepay_expires', m.meta_value, ''))) AS expiresAt
  FROM wp_postmeta n JOIN wp_posts p ON p.ID = n.post_id JOIN wp_postmeta m ON m.post_id = p.ID
  WHERE n.meta_key = '_nicepay_pay_no' AND n.meta_value = :payNo AND p.post_type = 'shop_order'
  GROUP BY p.ID, p.post_status"""
[orders.status]
unpaid = ["wc-pending", "wc-on-hold"]
paid = ["wc-processing", "wc-completed"]
cancelled = ["wc-cancelled", "wc-refunded", "wc-failed"]
[payments]
store = "URL"
mark_paid = """
  UPDATE wp_posts SET post_status = 'wc-processing'
  WHERE CONCAT('WC-', ID) = :partnerReferenceNo AND post_status IN ('wc-pending', 'wc-on-hold')"""
[external_ids]
store = "URL"
"#;

/// Eloquent's tables: a reference that is a UUID, times without a zone, which the application means in UTC.
const LARAVEL: &str = "
    CREATE TABLE users (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, email varchar(255) NOT NULL UNIQUE,
                        phone varchar(255), created_at timestamp(0), updated_at timestamp(0));
    CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id),
                         reference uuid NOT NULL UNIQUE, description text NOT NULL, total numeric(12, 2) NOT NULL,
                         payment_code varchar(255) UNIQUE, expired_at timestamp(0) NOT NULL, paid_at timestamp(0),
                         status varchar(255) NOT NULL CHECK (status IN ('pending', 'paid', 'expired', 'canceled')));
    INSERT INTO users (name, email, phone) VALUES ('Siti Nurhaliza', 'siti@example.co.id', '6281234567890');
    INSERT INTO orders (user_id, reference, description, total, payment_code, expired_at, status)
    SELECT 1, ('00000000-0000-4000-8000-0000000000' || n)::uuid, 'Kemeja batik – édisi 2, Kain', 10000,
           '7015000000' || n, '2030-01-31 05:00:00', state
    FROM (VALUES ('41', 'pending'), ('42', 'paid'), ('43', 'canceled')) AS made (n, state);";

const LARAVEL_SETTINGS: &str = r#"
[orders]
source = "URL"
find = """
  SELECT o.reference::text AS "partnerReferenceNo", u.name AS "payNoName", u.phone AS "payNoPhone",
         u.email AS "payNoEmail", o.description AS "goodsName", o.total AS "amount",
         o.expired_at AT TIME ZONE 'UTC' AS "expiresAt", o.status AS "status"
  FROM orders o JOIN users u ON u.id = o.user_id WHERE o.payment_code = :payNo"""
status = { unpaid = ["pending"], paid = ["paid"], cancelled = ["canceled", "expired"] }
[payments]
store = "URL"
mark_paid = """
  UPDATE orders SET status = 'paid', paid_at = CAST(:recordedAt AS timestamptz) AT TIME ZONE 'UTC'
  WHERE reference = CAST(:partnerReferenceNo AS uuid) AND status = 'pending'"""
[external_ids]
store = "URL"
"#;

fn ask(server: &Server, request: &str) -> Answer {
    Connection::open(&server.address).unwrap().send(request).unwrap()
}

/// One sentence, in which all of `parts` stand.
fn refused(ran: &Ran, parts: &[&str]) {
    assert!(ran.code == Some(1) && ran.err.lines().count() == 1, "{ran:?}");
    for part in parts {
        assert!(ran.err.contains(part), "{part:?}: {ran:?}");
    }
}

/// A shop with three orders, numbered 41 (waiting), 42 (paid) and 43 (cancelled), and how nico serves it.
async fn serves(engine: &'static str, tables: &str, settings: &str, reference: &str, marked: &str) {
    let shop = Fresh::of(engine);
    shop.run(tables).await;
    let folder = Folder::with_keys();
    folder.write("nico.toml", format!("{CLIENT}{}", settings.replace("URL", &shop.url)));
    let early = folder.nico(&["serve"]);
    assert!(early.err.contains("run nico migrate") && early.code == Some(1), "{early:?}");
    assert!(folder.nico(&["migrate"]).good().contains("payments.store"));
    let server = folder.serve(&[], &[]);
    let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
    let answer = ask(&server, &nicepay.inquiry("1", "701500000041"));
    let bill: Value = serde_json::from_str(&answer.body).unwrap();
    let data = &bill["payNoData"];
    assert_eq!(data["payNoName"], "Siti Nurhaliza", "{bill}");
    assert_eq!(data["goodsName"], "Kemeja batik – édisi 2, Kain");
    assert_eq!(data["payNoPhone"], "6281234567890");
    assert_eq!(data["payNoEmail"], "siti@example.co.id");
    assert_eq!(data["totalAmount"]["value"], "10000.00");
    assert_eq!(data["partnerReferenceNo"], reference);
    assert_eq!(data["payNoExpiredDateTime"], "2030-01-31T12:00:00+07:00");
    for (id, pay_no, code) in
        [("2", "701500000042", "4040014"), ("3", "701500000043", "4040012"), ("4", "701500000044", "4040012")]
    {
        assert_eq!(ask(&server, &nicepay.inquiry(id, pay_no)).code(), code, "{engine} {pay_no}");
    }
    assert_eq!(ask(&server, &nicepay.payment("5", "701500000041", "P-1")).code(), "2000000", "{}", server.log());
    assert_eq!(ask(&server, &nicepay.payment("6", "701500000041", "P-1")).code(), "2000000", "told again");
    assert_eq!(ask(&server, &nicepay.payment("7", "701500000041", "P-2")).code(), "4040014");
    assert_eq!(ask(&server, &nicepay.inquiry("1", "701500000041")).code(), "4090000", "the id is used up");
    assert_eq!(shop.number(marked).await, 1, "{engine}: the shop's own order is marked");
    assert_eq!(folder.nico(&["payment", "list"]).good().lines().count(), 1);
    refused(&folder.nico(&["order", "list"]), &["orders.find", "your own tables"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_woocommerce_shop_is_served_by_configuration_alone() {
    let marked = "SELECT COUNT(*) FROM wp_posts WHERE ID = 41 AND post_status = 'wc-processing'";
    serves("mariadb", WOOCOMMERCE, WOOCOMMERCE_SETTINGS, "WC-41", marked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laravel_shop_is_served_by_configuration_alone() {
    let marked = "SELECT COUNT(*) FROM orders WHERE id = 1 AND status = 'paid' AND paid_at > '2024-01-01'";
    serves("postgres", LARAVEL, LARAVEL_SETTINGS, "00000000-0000-4000-8000-000000000041", marked).await;
}

/// What is wrong with a server or a statement is one sentence that names the setting, and no password.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_at_the_start_is_one_sentence() {
    let folder = Folder::with_keys();
    folder.write("keys/db.password", crate::process::MARKER);
    for engine in ["postgres", "mariadb"] {
        let shop = Fresh::of(engine);
        let (before, after) = shop.url.split_once('@').unwrap();
        let scheme = before.split_once("://").unwrap().0;
        let (_, database) = after.split_once('/').unwrap();
        let marker = crate::process::MARKER;
        for (section, parts) in [
            (format!("[payments]\nstore = \"{scheme}://guarded:{marker}@{after}\""), ["payments.store", "***"]),
            (
                format!("[payments]\nstore = \"{scheme}://guarded@{after}\"\npassword_file = \"keys/db.password\""),
                ["payments.store", "guarded"],
            ),
            (format!("[orders]\nsource = \"{scheme}://nico@127.0.0.1:1/{database}\""), ["orders.source", "refused"]),
            (
                format!("[external_ids]\nstore = \"{scheme}://nico@no.such.host.invalid/x\""),
                ["external_ids.store", "cannot be used"],
            ),
            (
                format!("[orders]\nsource = \"{}\"\nfind = \"SELECT CAST(:payNo AS CHAR(9)) AS amount\"", shop.url),
                ["orders.find", "yields no column"],
            ),
            (format!("[orders]\nsource = \"{}\"\nfind = \"SELEKT :payNo\"", shop.url), ["orders.find", "syntax"]),
        ] {
            folder.write("nico.toml", format!("{CLIENT}{section}\n"));
            let address = format!("127.0.0.1:{}", crate::process::free_port());
            refused(&folder.nico_with(&[("NICO__LISTEN", &address)], &["serve"]), &parts);
            let printed = folder.nico(&["config", "print"]).good();
            assert!(printed.contains("[payments]"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_service_or_redis_is_one_sentence() {
    let folder = Folder::with_keys();
    let marker = crate::process::MARKER;
    folder.write("keys/redis.password", marker);
    folder.write("keys/orders.secret", format!("whsec_{marker}!"));
    folder.write("keys/good.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    let redis = crate::services::shared("redis");
    let host = redis.split_once("://").unwrap().1.split('/').next().unwrap().to_owned();
    let orders = |url: &str, more: &str| format!("[orders]\nsource = \"{url}\"\n{more}");
    let good = "secret_file = \"keys/good.secret\"";
    for (section, parts) in [
        (orders("http://127.0.0.1:1/orders", ""), ["orders.secret_file", "whsec_"]),
        (orders("http://127.0.0.1:1/orders", "secret_file = \"keys/no\""), ["keys/no", "whsec_"]),
        (orders("http://127.0.0.1:1/orders", "secret_file = \"keys/orders.secret\""), ["keys/orders.secret", "base64"]),
        (orders("http://127.0.0.1:1/orders", good), ["orders.source", "nobody listens"]),
        (orders("http://no.such.host.invalid/orders", good), ["orders.source", "leads nowhere"]),
        (orders(&format!("http://shop:{marker}@127.0.0.1:1/orders"), good), ["orders.source", "no password"]),
        ("[external_ids]\nstore = \"redis://127.0.0.1:1\"".to_owned(), ["external_ids.store", "cannot be reached"]),
        (format!("[external_ids]\nstore = \"redis://:{marker}@{host}\""), ["external_ids.store", "***"]),
        (
            format!("[external_ids]\nstore = \"redis://{host}\"\npassword_file = \"keys/redis.password\""),
            ["external_ids.store", "password"],
        ),
    ] {
        folder.write("nico.toml", format!("{CLIENT}{section}\n"));
        let address = format!("127.0.0.1:{}", crate::process::free_port());
        refused(&folder.nico_with(&[("NICO__LISTEN", &address)], &["serve"]), &parts);
        folder.nico(&["config", "print"]).good();
    }
}
