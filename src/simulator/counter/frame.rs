//! What stands around every page: head, languages, the word that this is not NICEPAY.

use maud::{DOCTYPE, Markup, html};

use super::language::Language;
use super::texts::Text;

/// A page.
pub(super) struct Frame<'a> {
    pub(super) language: Language,
    /// What the browser's tab says first.
    pub(super) title: &'a str,
    /// Where the page can be had again, in another language.
    pub(super) here: &'a str,
    /// Whom the counter calls, where that is known.
    pub(super) merchant: Option<&'a str>,
}

impl Frame<'_> {
    /// The whole page.
    pub(super) fn around(&self, main: &Markup) -> Markup {
        let t = |text: Text| text.told(self.language);
        html! {
            (DOCTYPE)
            html lang=(self.language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · nico" }
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/style.css";
                    script src="/script.js" defer {}
                }
                body {
                    a.skip href="#till" { (t(Text::SkipToTill)) }
                    (self.top())
                    p.notice role="note" { (t(Text::NotNicepay)) }
                    (main)
                    footer {
                        @if let Some(merchant) = self.merchant { p { (t(Text::CallsGoTo)) " " code { (merchant) } } }
                    }
                }
            }
        }
    }

    fn top(&self) -> Markup {
        html! {
            header.top {
                a.brand href="/" { "nico" span { (Text::Brand.told(self.language)) } }
                nav aria-label=(Text::Languages.told(self.language)) {
                    @for language in Language::ALL {
                        a href=(format!("{}?lang={}", self.here, language.code())) lang=(language.code())
                            hreflang=(language.code()) aria-current=[(language == self.language).then_some("true")]
                            { (language.name()) }
                    }
                }
            }
        }
    }
}

/// A page that says one thing, and leads back to the till.
pub(super) fn message(language: Language, what: Text, hint: Option<Text>) -> Markup {
    let main = html! {
        main.alone {
            section.card #till {
                h1 { (what.told(language)) }
                @if let Some(hint) = hint { p { (hint.told(language)) } }
                p { a.button href="/" { (Text::ToTheTill.told(language)) } }
            }
        }
    };
    Frame { language, title: what.told(language), here: "/", merchant: None }.around(&main)
}
