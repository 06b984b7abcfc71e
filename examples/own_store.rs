//! A merchant's own store, whole: orders from a table of the shop's, payments and ids in files of nico's.
//!
//! `cargo run --example own_store`, then `cargo run -- call inquiry 701500000001`.

use std::sync::{Arc, Mutex};

use nico::adapters::sqlite::{Database, SqliteExternalIds, SqlitePayments};
use nico::{
    Amount, Client, ClientId, Credentials, GoodsName, Order, OrderRepository, PartnerReferenceNo, PayNo, PayNoEmail,
    PayNoName, PayNoPhone, Provider, PublicKey, Status, StoreError, TokenKey,
};
use rusqlite::{Connection, OptionalExtension, Row};
use tokio::task::spawn_blocking;

/// The shop's own database; any driver will do. This one is synchronous, so it works on a thread that may wait.
struct Shop(Arc<Mutex<Connection>>);

impl OrderRepository for Shop {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        let (connection, pay_no) = (Arc::clone(&self.0), pay_no.clone());
        spawn_blocking(move || {
            let connection = connection.lock().map_err(|_| StoreError::new("the shop's connection is poisoned"))?;
            let sql = "SELECT number, customer, phone, email, title, total, due, state FROM sales WHERE pay_no = ?1";
            connection.query_row(sql, [pay_no.as_str()], |row| Ok(order(&pay_no, row))).optional()?.transpose()
        })
        .await?
    }
}

fn order(pay_no: &PayNo, row: &Row<'_>) -> Result<Order, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    Ok(Order {
        pay_no: pay_no.clone(),
        partner_reference_no: PartnerReferenceNo::parse(&text("number")?)?,
        pay_no_name: PayNoName::parse(&text("customer")?)?,
        pay_no_phone: PayNoPhone::parse(&text("phone")?)?,
        pay_no_email: PayNoEmail::parse(&text("email")?)?,
        goods_name: GoodsName::parse(&text("title")?)?,
        amount: Amount::rupiah(row.get::<_, u32>("total")?.into())
            .ok_or_else(|| StoreError::new("a total is out of range"))?,
        expires_at: text("due")?.parse()?,
        status: if text("state")? == "PAID" { Status::Paid } else { Status::Unpaid },
        mitra_cd: None,
    })
}

fn shop() -> Result<Shop, rusqlite::Error> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(
        "CREATE TABLE sales (pay_no, number, customer, phone, email, title, total, due, state);
         INSERT INTO sales VALUES ('701500000001', 'INV-1', 'Siti Aisyah', '081234567890', 'siti@example.com', 'Buku',
                                   25000, '2030-01-31T12:00:00+07:00', 'NEW');",
    )?;
    Ok(Shop(Arc::new(Mutex::new(connection))))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let nicepay = Client::new(ClientId::parse("IONPAYTEST")?, PublicKey::read("keys/sandbox-public.pem")?);
    let credentials = Credentials::new(TokenKey::read("keys/token.key")?, [nicepay]);
    let payments = Database::open("data/own_store.db").map_err(|error| error.to_string())?;
    let ids = SqliteExternalIds::open("data/own_store_ids.db").map_err(|error| error.to_string())?;
    let provider = Provider::new(credentials, shop()?).payments(SqlitePayments::new(&payments)).external_ids(ids);
    Ok(provider.serve("127.0.0.1:8080").await?)
}
