//! The counter: the store's till in a browser, for someone who has never seen an API. A number goes in, the bill that
//! the merchant's server answers comes out, it is paid, and beside it stands every exchange that this took.
//!
//! The pages are whole without a script; the script only saves a reload.

mod figures;
mod form;
mod frame;
mod guard;
mod language;
mod story;
mod texts;
mod till;
mod verdict;
mod visit;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, FormConfig, Path, Query, ServiceConfig};
use actix_web::{Error, HttpResponse, Resource};
use maud::Markup;
use serde::Deserialize;
use serde_json::json;

use super::desk::Desk;
use form::Form;
use frame::message;
use guard::Visitor;
use texts::Text;
use visit::Visits;

/// The pages of a [`Desk`], and the visits they show.
#[derive(Clone)]
pub struct Counter(Arc<State>);

struct State {
    desk: Arc<Desk>,
    visits: Visits,
}

impl Counter {
    /// The pages of that desk.
    pub fn new(desk: Arc<Desk>) -> Self {
        Self(Arc::new(State { desk, visits: Visits::default() }))
    }

    /// Adds the pages to an actix application: `/`, `/ask`, `/visits/…`, `/journal.json` and three files. Every other
    /// path is answered with a page that says so, unless the application has something there.
    pub fn routes(&self, config: &mut ServiceConfig) {
        config
            .service(self.resource("/").route(web::get().to(front)))
            .service(self.resource("/ask").route(web::post().to(ask)))
            .service(self.resource("/visits/{id}").route(web::get().to(show)))
            .service(self.resource("/visits/{id}/pay").route(web::post().to(pay)))
            .service(self.resource("/journal.json").route(web::get().to(journal)));
        for (path, media_type, content) in FILES {
            let file = move |visitor: Visitor| async move {
                visitor.answer(StatusCode::OK).content_type(media_type).body(content)
            };
            config.service(self.resource(path).route(web::get().to(file)));
        }
        config.default_service(web::to(|visitor: Visitor| async move {
            let page = message(visitor.language, Text::UnknownPage, Some(Text::UnknownPageHint));
            html(visitor, StatusCode::NOT_FOUND, page)
        }));
    }

    fn resource(&self, path: &str) -> Resource {
        let wrong_verb = web::to(|visitor: Visitor| async move {
            html(visitor, StatusCode::METHOD_NOT_ALLOWED, message(visitor.language, Text::WrongVerb, None))
        });
        let resource = web::resource(path).app_data(Data::from(Arc::clone(&self.0)));
        resource.app_data(FormConfig::default().limit(MAX_FORM)).default_service(wrong_verb)
    }
}

async fn front(visitor: Visitor, state: Data<State>) -> HttpResponse {
    html(visitor, StatusCode::OK, till::front(&state.desk, &Form::default(), None, visitor.language))
}

async fn ask(visitor: Visitor, state: Data<State>, form: Result<web::Form<Form>, Error>) -> HttpResponse {
    let Ok(web::Form(form)) = form else { return unreadable(visitor) };
    let (customer, faults) = match form.customer().and_then(|customer| Ok((customer, form.faults()?))) {
        Ok(asked) => asked,
        Err(wrong) => {
            let page = till::front(&state.desk, &form, Some(wrong), visitor.language);
            return html(visitor, StatusCode::UNPROCESSABLE_ENTITY, page);
        }
    };
    // In a task of its own: a browser that goes away must not cut a call in two.
    let asking = tokio::spawn(async move { state.visits.ask(&state.desk, customer, &faults).await });
    seen(visitor, asking.await.expect("BUG: to ask does not panic"))
}

async fn show(visitor: Visitor, state: Data<State>, id: Path<String>) -> HttpResponse {
    match state.found(&id) {
        Some(visit) => {
            let page = till::visit(&state.desk, &visit, (&Form::default(), None), visitor.language);
            html(visitor, StatusCode::OK, page)
        }
        None => forgotten(visitor),
    }
}

async fn pay(
    visitor: Visitor,
    state: Data<State>,
    id: Path<String>,
    form: Result<web::Form<Form>, Error>,
) -> HttpResponse {
    let Ok(web::Form(form)) = form else { return unreadable(visitor) };
    let Some(visit) = state.found(&id) else { return forgotten(visitor) };
    let faults = match form.faults() {
        Ok(faults) => faults,
        Err(wrong) => {
            let page = till::visit(&state.desk, &visit, (&form, Some(wrong)), visitor.language);
            return html(visitor, StatusCode::UNPROCESSABLE_ENTITY, page);
        }
    };
    let paying = tokio::spawn(async move { state.visits.pay(&state.desk, visit.id, &faults).await });
    paying.await.expect("BUG: to pay does not panic");
    seen(visitor, visit.id)
}

/// What the script asks for: of a visit, or of all.
#[derive(Debug, Deserialize)]
struct Since {
    since: u64,
    visit: Option<u64>,
}

async fn journal(visitor: Visitor, state: Data<State>, since: Result<Query<Since>, Error>) -> HttpResponse {
    let Ok(Query(Since { since, visit })) = since else { return unreadable(visitor) };
    let journal = state.desk.journal();
    let last = journal.last();
    let entries = match visit {
        Some(id) => state.visits.find(id).map(|visit| visit.story(journal, since)).unwrap_or_default(),
        None => journal.since(since),
    };
    let entries = entries.iter().filter(|(number, _)| *number <= last);
    let entries: Vec<_> =
        entries.map(|(number, told)| story::entry(*number, told, visitor.language).into_string()).collect();
    visitor.answer(StatusCode::OK).json(json!({ "last": last, "entries": entries }))
}

impl State {
    fn found(&self, id: &str) -> Option<visit::Visit> {
        self.visits.find(id.parse().ok()?)
    }
}

fn html(visitor: Visitor, status: StatusCode, page: Markup) -> HttpResponse {
    visitor.answer(status).content_type("text/html; charset=utf-8").body(page.into_string())
}

/// What a form did is shown by a page of its own, so that a reload does not do it again.
fn seen(visitor: Visitor, id: u64) -> HttpResponse {
    visitor.answer(StatusCode::SEE_OTHER).insert_header((LOCATION, format!("/visits/{id}"))).finish()
}

fn unreadable(visitor: Visitor) -> HttpResponse {
    html(visitor, StatusCode::BAD_REQUEST, message(visitor.language, Text::BadForm, None))
}

fn forgotten(visitor: Visitor) -> HttpResponse {
    html(visitor, StatusCode::NOT_FOUND, message(visitor.language, Text::Forgotten, Some(Text::ForgottenHint)))
}

const FILES: [(&str, &str, &str); 3] = [
    ("/style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("/script.js", "text/javascript; charset=utf-8", include_str!("script.js")),
    ("/icon.svg", "image/svg+xml", include_str!("icon.svg")),
];
/// Longer than all four fields can be.
const MAX_FORM: usize = 8 * 1024;
