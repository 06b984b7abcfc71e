//! A call as a shell would make it, so that whoever reads of it can make it again: POSIX sh, curl and openssl.
//!
//! It reads the same [`Plan`] as [`super::caller`] does. What is secret stays in the files that it names.

use super::plan::{Client, Encoding, Endpoint, HeaderChange, IdOf, Plan, Shape, Stamp, Text, Token};
use super::writing::path;
use crate::snap::signature::body_hash;

/// Where a shell finds what a caller was made of.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The client's private key, in PEM.
    pub private_key: String,
    /// Its secret, where its scheme is symmetric.
    pub client_secret: Option<String>,
    /// The other client's private key.
    pub other_private_key: Option<String>,
    /// A token that has expired.
    pub expired_token: Option<String>,
}

/// Whom a shell calls, and as whom.
#[derive(Debug, Clone)]
pub struct Shell {
    /// Scheme, host and port.
    pub url: String,
    /// What stands before `/v1.0`.
    pub base_path: String,
    /// The client that calls.
    pub client_id: String,
    /// The other client.
    pub other_client_id: Option<String>,
    /// Where its keys are.
    pub files: Files,
}

/// Several calls in a row; `times` above one, or `at_once`, has them sent side by side.
pub fn snippet(shell: &Shell, calls: &[(Plan, usize)], at_once: bool) -> String {
    let mut text = shell.beginning(calls.iter().map(|(plan, _)| plan));
    for (plan, times) in calls {
        text += &shell.call(plan, *times, at_once);
    }
    if at_once || calls.iter().any(|(_, times)| *times > 1) {
        text += "wait\n";
    }
    text
}

impl Shell {
    fn beginning<'p>(&self, plans: impl Iterator<Item = &'p Plan> + Clone) -> String {
        let any = |wanted: fn(&Plan) -> bool| plans.clone().any(wanted);
        let mut text = format!("URL={}\nCLIENT_ID={}\n", quoted(&self.url), quoted(&self.client_id));
        text += &format!("KEY={}\n", quoted(&self.files.private_key));
        if let Some(file) = &self.files.client_secret {
            text += &format!("SECRET=$(cat {})\n", quoted(file));
        }
        if any(|plan| plan.as_other || plan.client == Client::Other || plan.token == Token::Other) {
            text += &format!(
                "OTHER_ID={}\nOTHER_KEY={}\n",
                quoted(self.other_client_id.as_deref().unwrap_or_default()),
                quoted(self.files.other_private_key.as_deref().unwrap_or_default())
            );
        }
        if any(|plan| !plan.own_key) {
            text += "STRANGER=$(mktemp); openssl genrsa -out \"$STRANGER\" 2048 2>/dev/null\n";
        }
        text += HELPERS;
        if any(|plan| plan.endpoint != Endpoint::Token) {
            text += "# The number must be in the state that it was in: a payment may have used it up since.\n";
            text += &self.tokens(plans);
        }
        text
    }

    fn tokens<'p>(&self, plans: impl Iterator<Item = &'p Plan> + Clone) -> String {
        let url = format!("\"$URL{}/v1.0/{}\"", self.base_path, Endpoint::Token.name());
        let mut text = TOKEN.replace("@URL", &url);
        text += "TOKEN=$(token \"$CLIENT_ID\" \"$KEY\")\n";
        if plans.clone().any(|plan| plan.as_other || plan.token == Token::Other) {
            text += "OTHER_TOKEN=$(token \"$OTHER_ID\" \"$OTHER_KEY\")\n";
        }
        text
    }

    fn call(&self, plan: &Plan, times: usize, at_once: bool) -> String {
        let mut text = format!("\n# {}\n", plan.endpoint.name());
        let transaction = plan.endpoint != Endpoint::Token;
        if transaction {
            text += &format!("SHOWN={}\n", self.shown_token(plan));
            text += &external_id(plan);
        }
        text += &format!("TIMESTAMP={}\n", timestamp(plan));
        text += &self.signature(plan);
        text += &body(plan);
        text += &self.curl(plan, if times > 1 || at_once { times.max(1) } else { 1 }, at_once || times > 1);
        text
    }

    fn shown_token(&self, plan: &Plan) -> String {
        let own = if plan.as_other { "$OTHER_TOKEN" } else { "$TOKEN" };
        match plan.token {
            Token::Own => format!("\"{own}\""),
            Token::Quoted => format!("'\"'\"{own}\"'\"'"),
            Token::Other => "\"$OTHER_TOKEN\"".to_owned(),
            Token::Foreign => quoted(FOREIGN),
            Token::Expired => {
                format!("$(cat {})", quoted(self.files.expired_token.as_deref().unwrap_or("expired-token.txt")))
            }
            Token::Altered => format!("$(printf %s \"{own}\" | {ALTER})"),
        }
    }

    fn signature(&self, plan: &Plan) -> String {
        let signer = match plan.client {
            _ if plan.as_other => "$OTHER_ID",
            Client::Own | Client::Other => "$CLIENT_ID",
            Client::Unknown => UNKNOWN_ID,
        };
        let symmetric = self.files.client_secret.is_some() && plan.endpoint != Endpoint::Token && !plan.as_other;
        let with_rsa = symmetric == (plan.text == Text::OtherScheme);
        let (hash, path) = (body_hash(plan.body().as_bytes()), format!("{}/v1.0/{}", self.base_path, path(plan)));
        // As the one that is called reads it: without the quotes.
        let token = if plan.token == Token::Quoted { "$TOKEN" } else { "$SHOWN" };
        let to_sign = match (with_rsa, plan.text == Text::WrongOrder) {
            (true, false) => format!("{signer}|$TIMESTAMP"),
            (true, true) => format!("$TIMESTAMP|{signer}"),
            (false, false) => format!("{}:{path}:{token}:{hash}:$TIMESTAMP", plan.method),
            (false, true) => format!("{}:{path}:{hash}:{token}:$TIMESTAMP", plan.method),
        };
        let key = match (plan.own_key, plan.as_other) {
            (false, _) => "$STRANGER",
            (true, true) => "$OTHER_KEY",
            (true, false) => "$KEY",
        };
        let sign = if with_rsa {
            format!("openssl dgst -sha256 -sign \"{key}\"")
        } else {
            let known = symmetric && plan.own_key;
            format!("openssl dgst -sha512 -binary -hmac {}", if known { "\"$SECRET\"" } else { "'nobody has it'" })
        };
        format!("TO_SIGN=\"{to_sign}\"\nSIGNATURE=$({})\n", encoded(plan.encoding, &sign))
    }

    fn curl(&self, plan: &Plan, times: usize, aside: bool) -> String {
        let path = format!("{}/v1.0/{}", self.base_path, path(plan));
        let mut lines = vec![format!("curl -sS -i --max-time 10 -X {} \"$URL{path}\"", plan.method)];
        lines.extend(headers(plan).into_iter().map(|header| format!("-H {header}")));
        if plan.method != "GET" {
            lines.push("--data-binary @\"$BODY\"".to_owned());
        }
        let curl = lines.join(" \\\n  ");
        let copies = usize::from(plan.delivery.copies);
        match (times, aside) {
            (1, true) => format!("{curl} &\n"),
            (1, false) => format!("{curl}\necho\n").repeat(copies.max(1)),
            (times, _) => {
                format!("COPY=0\nwhile [ \"$COPY\" -lt {times} ]; do COPY=$((COPY + 1))\n{curl} &\ndone\n")
            }
        }
    }
}

fn headers(plan: &Plan) -> Vec<String> {
    let id = match plan.client {
        _ if plan.as_other => "$OTHER_ID",
        Client::Own => "$CLIENT_ID",
        Client::Other => "$OTHER_ID",
        Client::Unknown => UNKNOWN_ID,
    };
    let mut headers = vec![("Content-Type", plan.media_type.to_owned())];
    let (time, signature) = (("X-TIMESTAMP", "$TIMESTAMP".to_owned()), ("X-SIGNATURE", "$SIGNATURE".to_owned()));
    if plan.endpoint == Endpoint::Token {
        headers.extend([time, ("X-CLIENT-KEY", id.to_owned()), signature]);
    } else {
        headers.extend([
            ("Authorization", format!("{} $SHOWN", plan.scheme)),
            time,
            ("X-PARTNER-ID", id.to_owned()),
            signature,
            ("X-EXTERNAL-ID", "$EXTERNAL_ID".to_owned()),
            ("CHANNEL-ID", "${CLIENT_ID}01".to_owned()),
        ]);
    }
    headers.into_iter().flat_map(|(name, value)| changed(plan, name, &value)).chain(extra(plan)).collect()
}

/// A header as curl is given it; once, twice or not at all.
fn changed(plan: &Plan, name: &str, value: &str) -> Vec<String> {
    let change = plan.headers.iter().find(|(changed, _)| *changed == name).map(|(_, change)| *change);
    match change {
        None | Some(HeaderChange::Extra) => vec![format!("\"{name}: {value}\"")],
        // curl would add this one of its own.
        Some(HeaderChange::Missing) if name == "Content-Type" => vec!["'Content-Type:'".to_owned()],
        Some(HeaderChange::Missing) => Vec::new(),
        Some(HeaderChange::Empty) => vec![format!("'{name};'")],
        Some(HeaderChange::Doubled) => vec![format!("\"{name}: {value}\""), format!("\"{name}: {value}\"2")],
        Some(HeaderChange::OverLong) => vec![format!("'{name}: {}'", "9".repeat(41))],
    }
}

fn extra(plan: &Plan) -> Vec<String> {
    let extra = plan.headers.iter().filter(|(_, change)| *change == HeaderChange::Extra);
    extra.map(|(name, _)| format!("'{name}: nor needs to'")).collect()
}

fn external_id(plan: &Plan) -> String {
    match plan.external_id {
        IdOf::Fresh => "EXTERNAL_ID=$(unique)\n".to_owned(),
        IdOf::Lettered => "EXTERNAL_ID=ordNo$(unique)\n".to_owned(),
        IdOf::CallBefore | IdOf::LastCall => "# X-EXTERNAL-ID: that of the call before\n".to_owned(),
        IdOf::CallBeforeFolded => "EXTERNAL_ID=$(printf %s \"$EXTERNAL_ID\" | tr 'a-z' 'A-Z')\n".to_owned(),
    }
}

fn timestamp(plan: &Plan) -> String {
    let instant = match plan.age.num_seconds() {
        0 => "$(date +%s)".to_owned(),
        age => format!("$(($(date +%s) - {age}))").replace("- -", "+ "),
    };
    match plan.stamp {
        Stamp::Jakarta => format!("$(stamp WIB-7 \"{instant}\" +07:00)"),
        Stamp::NoOffset => format!("$(stamp WIB-7 \"{instant}\" '')"),
        Stamp::Zulu => format!("$(stamp UTC0 \"{instant}\" Z)"),
        Stamp::Milliseconds => format!("$(stamp WIB-7 \"{instant}\" .000+07:00)"),
        Stamp::Nonsense => "'half past nine'".to_owned(),
    }
}

/// What makes a signature of `$TO_SIGN`, written as this encoding has it.
fn encoded(encoding: Encoding, sign: &str) -> String {
    let signed = format!("printf %s \"$TO_SIGN\" | {sign}");
    let base64 = "openssl base64 -A";
    match encoding {
        Encoding::Base64 => format!("{signed} | {base64}"),
        Encoding::Hex => format!("{signed} | od -An -v -tx1 | tr -d ' \\n'"),
        Encoding::UrlSafe => format!("{signed} | {base64} | tr '+/' '-_'"),
        Encoding::OneBitOff => format!("{signed} | {base64} | sed 's/^A/B/;t;s/^./A/'"),
        Encoding::Tailed => format!("{{ {signed}; printf tail; }} | {base64}"),
        Encoding::LowerCase => format!("{signed} | {base64} | {LOWER}"),
        Encoding::Garbage => "printf %s 'this is no signature!'".to_owned(),
    }
}

/// Into a file, for some are longer than a command may be.
fn body(plan: &Plan) -> String {
    if plan.method == "GET" {
        return String::new();
    }
    let body = plan.sent_body();
    if plan.shape != Shape::Huge {
        return format!("BODY=$(mktemp); printf %s {} > \"$BODY\"\n", quoted(&body));
    }
    let (before, after) = body.split_once("xxxx").unwrap_or((&body, ""));
    let filled = after.trim_start_matches('x');
    let filler = after.len() - filled.len() + 4;
    format!(
        "BODY=$(mktemp); {{ printf %s {}; head -c {filler} /dev/zero | tr '\\0' x; printf %s {}; }} > \"$BODY\"\n",
        quoted(before),
        quoted(filled)
    )
}

/// In single quotes, so that no shell reads anything into it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

const HELPERS: &str = r#"unique() { od -An -v -N10 -tx1 /dev/urandom | tr -d ' \n'; }
stamp() { TZ=$1 date -d "@$2" "+%Y-%m-%dT%H:%M:%S$3" 2>/dev/null || TZ=$1 date -r "$2" "+%Y-%m-%dT%H:%M:%S$3"; }
"#;
const TOKEN: &str = r#"token() {
  T=$(stamp WIB-7 "$(date +%s)" +07:00)
  S=$(printf %s "$1|$T" | openssl dgst -sha256 -sign "$2" | openssl base64 -A)
  curl -sS --max-time 10 @URL -H 'Content-Type: application/json' -H "X-TIMESTAMP: $T" \
    -H "X-CLIENT-KEY: $1" -H "X-SIGNATURE: $S" -d '{"grantType":"client_credentials","additionalInfo":{}}' |
    tr -d '\n' | sed 's/.*"accessToken" *: *"\([^"]*\)".*/\1/'
}
"#;
/// Changes the character in the middle.
const ALTER: &str = r#"awk '{ m = int(length($0) / 2); c = substr($0, m + 1, 1); printf "%s%s%s", substr($0, 1, m), c == "A" ? "B" : "A", substr($0, m + 2) }'"#;
/// Puts all but the last four characters into lower case.
const LOWER: &str = r#"awk '{ n = length($0) - 4; printf "%s%s", tolower(substr($0, 1, n)), substr($0, n + 1) }'"#;
/// `{"alg":"HS256"}`, `{"sub":"NICEPAY"}`, and a MAC of another server's.
const FOREIGN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJOSUNFUEFZIn0.bm9ib2R5LWtub3dzLXRoaXMta2V5LW5vYm9keS1kb2Vz";
const UNKNOWN_ID: &str = "NOBODY-HAS-THIS-ID";
