//! A database of a test's own on either engine, and what the test itself says to it.

use std::time::Duration;

use nico::adapters::sql::{Database, Limits, Part, migrate};
use nico::{Amount, GoodsName, MitraCd, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::services::fresh_database;

pub(crate) const ENGINES: [&str; 2] = ["postgres", "mariadb"];
pub(crate) const LIMITS: Limits = Limits { connections: 8, patience: Duration::from_secs(20) };
pub(crate) const PARTS: [Part; 3] = [Part::Orders, Part::Payments, Part::ExternalIds];

/// A new database, and how to come to it.
pub(crate) struct Fresh {
    pub(crate) url: String,
    engine: &'static str,
}

impl Fresh {
    pub(crate) fn of(engine: &'static str) -> Self {
        Self { url: fresh_database(engine), engine }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.engine == "postgres"
    }

    pub(crate) async fn connect(&self) -> Database {
        Database::connect(&self.url, None, LIMITS).await.unwrap()
    }

    pub(crate) async fn read_only(&self) -> Database {
        Database::connect_read_only(&self.url, None, LIMITS).await.unwrap()
    }

    pub(crate) async fn migrated(&self) -> Database {
        let database = self.connect().await;
        for part in PARTS {
            migrate(&database, part).await.unwrap();
        }
        database
    }

    /// Says something to it that nico does not.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            sqlx::PgConnection::connect(&self.url).await.unwrap().execute(sqlx::raw_sql(sql)).await.unwrap();
        } else {
            sqlx::MySqlConnection::connect(&self.url).await.unwrap().execute(sqlx::raw_sql(sql)).await.unwrap();
        }
    }

    /// The one number that a query yields.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::MySqlConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }
}

pub(crate) fn order(pay_no: &str, status: Status, mitra_cd: Option<&str>) -> Order {
    Order {
        pay_no: PayNo::parse(pay_no).unwrap(),
        partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234").unwrap(),
        pay_no_name: PayNoName::parse("O'Brien; DROP TABLE nico_orders -- \\").unwrap(),
        pay_no_phone: PayNoPhone::parse("087771122333").unwrap(),
        pay_no_email: PayNoEmail::parse("jhon@test.com").unwrap(),
        goods_name: GoodsName::parse("Pembelian \"John\" – 1 😀 ").unwrap(),
        amount: Amount::parse("999999999.99").unwrap(),
        expires_at: "9999-12-31T23:59:59+07:00".parse().unwrap(),
        status,
        mitra_cd: mitra_cd.map(|mitra_cd| MitraCd::parse(mitra_cd).unwrap()),
    }
}

pub(crate) fn orders() -> Vec<Order> {
    vec![
        order("070000000001", Status::Unpaid, None),
        order("701500000002", Status::Paid, Some("ALMA")),
        order("701500000003", Status::Cancelled, None),
    ]
}
