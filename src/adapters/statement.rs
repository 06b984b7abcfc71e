//! SQL with named parameters: `:payNo` and its like, bound and never spliced.
//!
//! Each engine numbers its parameters differently, and a colon stands in texts, comments and casts as well. So the
//! statement is read once, at the start, as far as that takes: what is quoted is left alone, everything else is the
//! engine's to understand.

use std::sync::Arc;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// PostgreSQL: `$1`
    Postgres,
    /// MySQL and MariaDB: `?`
    MySql,
    /// SQLite: `?1`
    Sqlite,
}

impl Dialect {
    /// Whether a backslash takes the meaning of the quote behind it, in a text that begins so.
    fn escapes(self, before: &str) -> bool {
        match self {
            Self::Postgres => before.ends_with(['e', 'E']) && !is_name_end(&before[..before.len() - 1]),
            Self::MySql => true,
            Self::Sqlite => false,
        }
    }

    /// Whether `#` begins a comment.
    fn has_hash_comments(self) -> bool {
        match self {
            Self::Postgres => false,
            Self::MySql => true,
            Self::Sqlite => false,
        }
    }

    /// Whether a text can stand between two tags, as `$$it's$$` does.
    fn has_dollar_quotes(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql => false,
            Self::Sqlite => false,
        }
    }

    fn placeholder(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("${number}"),
            Self::MySql => "?".to_owned(),
            Self::Sqlite => format!("?{number}"),
        }
    }

    /// Whether a parameter that stands twice is bound twice.
    fn binds_each(self) -> bool {
        self.placeholder(1) == self.placeholder(2)
    }
}

/// Why a statement is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// A colon with a name behind it that no parameter has.
    #[error("it has a parameter :{0}; there are {1}")]
    UnknownParameter(String, String),
    /// A placeholder without a name.
    #[error("it has a placeholder without a name, {0}: write the parameter's name, as :payNo")]
    Unnamed(String),
    /// Something stands behind a semicolon.
    #[error("it holds more than one statement")]
    Several,
    /// A quote, a bracket of a comment or a tag has no end.
    #[error("a quote or a comment in it has no end")]
    Unclosed,
}

/// A statement for one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    sql: Arc<str>,
    parameters: Vec<usize>,
}

impl Statement {
    /// Reads a statement whose parameters are among `names`.
    pub(crate) fn parse(dialect: Dialect, text: &str, names: &[&str]) -> Result<Self, StatementError> {
        let mut reader = Reader { dialect, names, rest: text.trim(), sql: String::new(), parameters: Vec::new() };
        while !reader.rest.is_empty() {
            reader.step()?;
        }
        if reader.sql.trim().is_empty() {
            return Err(StatementError::Empty);
        }
        Ok(Self { sql: reader.sql.into(), parameters: reader.parameters })
    }

    /// One of ours.
    pub(crate) fn own(dialect: Dialect, text: &str, names: &[&str]) -> Self {
        Self::parse(dialect, text, names).expect("BUG: our own statements can be read")
    }

    /// The statement as the engine takes it.
    pub(crate) fn sql(&self) -> &Arc<str> {
        &self.sql
    }

    /// Which of the names each placeholder stands for, in the order in which they are bound.
    pub(crate) fn parameters(&self) -> &[usize] {
        &self.parameters
    }
}

struct Reader<'t> {
    dialect: Dialect,
    names: &'t [&'t str],
    rest: &'t str,
    sql: String,
    parameters: Vec<usize>,
}

impl Reader<'_> {
    /// Takes one thing: a quoted text, a comment, a parameter, or a character that means nothing to us.
    fn step(&mut self) -> Result<(), StatementError> {
        let next = self.rest.chars().next().unwrap_or_default();
        match next {
            '\'' | '"' | '`' => self.quoted(next),
            '-' if self.rest.starts_with("--") => self.copy(self.rest.find('\n').unwrap_or(self.rest.len())),
            '#' if self.dialect.has_hash_comments() => {
                self.copy(self.rest.find('\n').unwrap_or(self.rest.len()));
            }
            '/' if self.rest.starts_with("/*") => return self.comment(),
            '$' => return self.dollar(),
            '?' => return Err(StatementError::Unnamed("?".to_owned())),
            ':' => return self.colon(),
            ';' => return self.semicolon(),
            _ => self.copy(next.len_utf8()),
        }
        Ok(())
    }

    fn copy(&mut self, length: usize) {
        let (copied, rest) = self.rest.split_at(length);
        self.sql.push_str(copied);
        self.rest = rest;
    }

    /// Up to the quote that closes it; a doubled quote begins a second text at once, which is the same to us. One that
    /// never closes is copied to its end: the engine will say so.
    fn quoted(&mut self, quote: char) {
        let escapes = quote != '`' && self.dialect.escapes(&self.sql);
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let closes = *c == quote && !escaped;
            escaped = escapes && *c == '\\' && !escaped;
            closes
        });
        self.copy(end.map_or(self.rest.len(), |(at, c)| at + c.len_utf8()));
    }

    fn comment(&mut self) -> Result<(), StatementError> {
        let end = self.rest.find("*/").ok_or(StatementError::Unclosed)?;
        self.copy(end + 2);
        Ok(())
    }

    fn dollar(&mut self) -> Result<(), StatementError> {
        let name = name_at(&self.rest[1..]);
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(StatementError::Unnamed(format!("${name}")));
        }
        let tag = &self.rest[..name.len() + 1];
        let quotes = self.dialect.has_dollar_quotes() && self.rest[tag.len()..].starts_with('$');
        if !quotes {
            self.copy(tag.len());
            return Ok(());
        }
        let tag = format!("{tag}$");
        let end = self.rest[tag.len()..].find(&tag).ok_or(StatementError::Unclosed)?;
        self.copy(end + 2 * tag.len());
        Ok(())
    }

    fn colon(&mut self) -> Result<(), StatementError> {
        let name = name_at(&self.rest[1..]);
        // A cast (::text), a slice (1:2) or an assignment (:=).
        if self.rest.starts_with("::") || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            self.copy(if self.rest.starts_with("::") { 2 } else { 1 });
            return Ok(());
        }
        let known = self.names.iter().position(|known| *known == name);
        let index = known.ok_or_else(|| {
            let all: Vec<_> = self.names.iter().map(|name| format!(":{name}")).collect();
            StatementError::UnknownParameter(name.to_owned(), all.join(", "))
        })?;
        let seen = self.parameters.iter().position(|seen| *seen == index).filter(|_| !self.dialect.binds_each());
        let number = seen.unwrap_or_else(|| {
            self.parameters.push(index);
            self.parameters.len() - 1
        });
        self.sql.push_str(&self.dialect.placeholder(number + 1));
        self.rest = &self.rest[name.len() + 1..];
        Ok(())
    }

    fn semicolon(&mut self) -> Result<(), StatementError> {
        if self.rest[1..].trim().is_empty() {
            self.rest = "";
            return Ok(());
        }
        Err(StatementError::Several)
    }
}

/// The letters, digits and underscores that a text begins with.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn is_name_end(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 3] = ["payNo", "partnerServiceId", "customerNo"];
    const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];

    fn read(dialect: Dialect, text: &str) -> (String, Vec<usize>) {
        let statement = Statement::parse(dialect, text, &NAMES).unwrap();
        (statement.sql().to_string(), statement.parameters().to_vec())
    }

    #[test]
    fn parameters_become_what_each_engine_numbers() {
        let text = "SELECT 1 WHERE a = :payNo AND b = :customerNo OR c = :payNo;";
        let bound = |a: &str, b: &str, c: &str| format!("SELECT 1 WHERE a = {a} AND b = {b} OR c = {c}");
        assert_eq!(read(Dialect::Postgres, text), (bound("$1", "$2", "$1"), vec![0, 2]));
        assert_eq!(read(Dialect::MySql, text), (bound("?", "?", "?"), vec![0, 2, 0]));
        assert_eq!(read(Dialect::Sqlite, text), (bound("?1", "?2", "?1"), vec![0, 2]));
    }

    #[test]
    fn what_is_quoted_or_no_parameter_is_left_alone() {
        for dialect in ALL {
            for text in [
                "SELECT ':payNo ? $1; it''s' AS \":payNo\"",
                "SELECT 1 -- :payNo?;\n + 1",
                "SELECT /* :payNo ; ? */ 1",
                "SELECT a::text",
                "SELECT x[1:2]",
            ] {
                assert_eq!(read(dialect, text), (text.to_owned(), vec![]), "{dialect:?}");
            }
        }
        let hash = "SELECT 1 # :nobody\n";
        assert_eq!(read(Dialect::MySql, hash).0, hash.trim());
        let none: [usize; 0] = [];
        assert_eq!(read(Dialect::MySql, r"SELECT 'it\':nobody'").1, none);
        assert_eq!(read(Dialect::Postgres, r"SELECT E'it\':nobody', e'\\'").1, none);
        assert_eq!(read(Dialect::Postgres, r"SELECT 'a\', :payNo").1, vec![0], "a backslash is a backslash");
        assert_eq!(read(Dialect::Postgres, r"SELECT type'a\', :payNo").1, vec![0], "type is no E");
        assert_eq!(read(Dialect::Postgres, "SELECT $$it's :nobody$$, $a$ $$ :nobody $a$, :payNo").1, vec![0]);
        assert_eq!(read(Dialect::MySql, "SELECT @a := 1").1, none);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text: &str| Statement::parse(Dialect::MySql, text, &NAMES).unwrap_err().to_string();
        assert_eq!(error(" ; "), "it is empty");
        assert_eq!(
            error("SELECT :payno"),
            "it has a parameter :payno; there are :payNo, :partnerServiceId, :customerNo"
        );
        assert_eq!(error("SELECT ?"), "it has a placeholder without a name, ?: write the parameter's name, as :payNo");
        assert_eq!(error("SELECT 1; DELETE FROM a"), "it holds more than one statement");
        assert_eq!(error("SELECT 1 /* a"), "a quote or a comment in it has no end");
        let dollar = Statement::parse(Dialect::Postgres, "SELECT $1", &NAMES).unwrap_err();
        assert_eq!(dollar, StatementError::Unnamed("$1".to_owned()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ -~\\n]{0,60}|.{0,40}") {
            for dialect in ALL {
                if let Ok(statement) = Statement::parse(dialect, &text, &NAMES) {
                    prop_assert!(statement.parameters().iter().all(|index| *index < NAMES.len()));
                }
            }
        }

        #[test]
        fn a_quoted_text_never_holds_a_parameter(text in "[^'\\\\]{0,30}") {
            for dialect in ALL {
                let sql = format!("SELECT '{text}', :payNo");
                let statement = Statement::parse(dialect, &sql, &NAMES).unwrap();
                prop_assert_eq!(statement.parameters(), &[0]);
                let quoted = format!("SELECT '{text}', ");
                prop_assert!(statement.sql().starts_with(&quoted));
            }
        }
    }
}
