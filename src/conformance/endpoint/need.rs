//! What a check cannot do without: something that was given, or something that an earlier check has found.

/// What a check cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The endpoint answers.
    Reached,
    /// It gives tokens.
    Token,
    /// It answers a plain inquiry.
    Inquiry,
    /// The same, where a number was given that waits for its money.
    FirstInquiry,
    /// A number that waits for its money.
    PayNo,
    /// A second one.
    SecondPayNo,
    /// A third one.
    ThirdPayNo,
    /// A number that is paid.
    PaidPayNo,
    /// A number that has expired.
    ExpiredPayNo,
    /// What is to be paid, from an inquiry's answer.
    Amount,
    /// A bill that no payment has used up that should have been refused.
    Unpaid,
    /// A payment that was accepted.
    Paid,
    /// A second client.
    OtherClient,
    /// A token that has expired.
    ExpiredToken,
    /// A client that signs transactions with its secret.
    Symmetric,
    /// A client that signs transactions with its key.
    Asymmetric,
}
