//! `resultCd`: NICEPAY's codes for orders, cancels and convenience stores, with what it says of each in `resultMsg`.
//!
//! **`9501`–`9507` mean two things each.** A number is no code without its [`Group`]; who reads an answer keeps its
//! `resultMsg`. The wording is NICEPAY's own, slips and all.
//!
//! Each row stands under what there is to do about it, and that is nico's reading: NICEPAY's pages say it of few.

use std::fmt;

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Of every interface.
    Common,
    /// Of registrations and status inquiries.
    Order,
    /// Of cancels.
    Cancel,
    /// Of V1's one-pass interface.
    OnePass,
    /// Of convenience stores.
    Cvs,
}

/// A row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultCode {
    group: Group,
    code: &'static str,
    message: &'static str,
    remedy: Remedy,
}

/// What whoever is answered a code should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: it is done.
    Nothing,
    /// Send the same again later.
    Again,
    /// Correct something of the request: sent again as it is, it is refused again.
    Correct,
    /// Ask NICEPAY's people: it is about their systems, or about what they have set up for the merchant.
    Ask,
}

impl ResultCode {
    /// `0000`
    pub const SUCCESS: Self = Self::of(Group::Common, "0000");

    /// The row of a number. In a constant, one that is not in the catalogue does not compile.
    ///
    /// # Panics
    /// When there is no such row.
    pub const fn of(group: Group, code: &str) -> Self {
        let mut row = 0;
        while row < CATALOGUE.len() {
            if CATALOGUE[row].group as u8 == group as u8 && same(CATALOGUE[row].code, code) {
                return CATALOGUE[row];
            }
            row += 1;
        }
        panic!("BUG: no such row in the catalogue")
    }

    /// The four digits, `resultCd`.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// What NICEPAY says of it, `resultMsg`.
    pub fn message(self) -> &'static str {
        self.message
    }

    /// What to do about it.
    pub fn remedy(self) -> Remedy {
        self.remedy
    }
}

/// The row of a code that was received where `groups` are possible. A number of two of them is told by its wording, and
/// where that is neither's it is neither: who cannot tell what is meant does not act on it.
pub fn received(groups: &[Group], code: &str, message: &str) -> Option<ResultCode> {
    let mut rows = CATALOGUE.iter().copied().filter(|row| row.code == code && groups.contains(&row.group));
    let (first, second) = (rows.next()?, rows.next());
    let worded = |row: &ResultCode| row.message == message.trim();
    match second {
        None => Some(first),
        Some(second) => [first, second].into_iter().find(worded),
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

/// `==` of texts, which constants do not have yet.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

const fn nothing(group: Group, code: &'static str, message: &'static str) -> ResultCode {
    ResultCode { group, code, message, remedy: Remedy::Nothing }
}

const fn again(group: Group, code: &'static str, message: &'static str) -> ResultCode {
    ResultCode { group, code, message, remedy: Remedy::Again }
}

const fn correct(group: Group, code: &'static str, message: &'static str) -> ResultCode {
    ResultCode { group, code, message, remedy: Remedy::Correct }
}

const fn ask(group: Group, code: &'static str, message: &'static str) -> ResultCode {
    ResultCode { group, code, message, remedy: Remedy::Ask }
}

#[rustfmt::skip]
const CATALOGUE: [ResultCode; 129] = [
    nothing(Group::Common, "0000", "SUCCESS"),
    again(Group::Common, "1001", "Connection error"),
    again(Group::Common, "1002", "Socket error"),
    again(Group::Common, "1003", "Server error"),
    again(Group::Common, "1004", "Timeout error"),
    correct(Group::Common, "9501", "Invalid transaction number."),
    ask(Group::Common, "9502", "Transaction not allowed."),
    ask(Group::Common, "9503", "It has been stopped or terminated in its stores."),
    ask(Group::Common, "9504", "No offus information."),
    ask(Group::Common, "9505", "No bank information."),
    ask(Group::Common, "9506", "No Merchant Paymethod information."),
    ask(Group::Common, "9507", "Http timeout exception."),
    ask(Group::Order, "8001", "Order registration error."),
    ask(Group::Order, "8002", "Order inquiry error."),
    correct(Group::Order, "8003", "Order registration data error."),
    correct(Group::Order, "8004", "The tXid error during the order inquiry."),
    ask(Group::Order, "8005", "OrderAuthType API Response data null."),
    correct(Group::Order, "9001", "Failed to register your order. Please check your HTTP Message."),
    again(Group::Order, "9002", BUSY),
    correct(Group::Order, "9003", "Invalid Order."),
    ask(Group::Order, "9004", "Error on inquiry of order confirmation."),
    ask(Group::Order, "9005", "Failed to check status. Please contact NICEPay for further information."),
    ask(Group::Order, "9006", "Transaction number generated error."),
    correct(Group::Order, "9007", "Undefined: Amount. Please check your request parameter and make sure [amt] is defined."),
    correct(Group::Order, "9008", "Invalid Request Amount. Amount should only number and do not includes decimal."),
    correct(Group::Order, "9009", "Reference Number already exist. Please generate unique [referenceNo]."),
    ask(Group::Order, "9010", "Invalid Merchant Token. Contact NICEPay for further information."),
    ask(Group::Order, "9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information."),
    ask(Group::Order, "9012", "This Payment method is currently not activated. Contact Nicepay for further information."),
    correct(Group::Order, "9013", "Undefined: Currency Code. Please check your request parameter and make sure [currencyCode] is defined."),
    correct(Group::Order, "9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined."),
    correct(Group::Order, "9015", "Undefined: Goods Name. Please check your request parameter and make sure [goodsNm] is defined."),
    correct(Group::Order, "9016", "Undefined: Buyer Name. Please check your request parameter and make sure [billingNm] is defined."),
    correct(Group::Order, "9017", "Undefined: Buyer Phone Number. Please check your request parameter and make sure [billingPhone] is defined."),
    correct(Group::Order, "9018", "Undefined: Buyer Email Address. Please check your request parameter and make sure [billingEmail] is defined."),
    correct(Group::Order, "9019", "Undefined: Callback URL. Please check your request parameter and make sure [callbackUrl] is defined."),
    correct(Group::Order, "9020", "Undefined: Debit Process URL. Please check your request parameter and make sure [dbProcessUrl] is defined."),
    ask(Group::Order, "9021", "Failed in inquiring the criterion information (BO_MER_MGNT ORD_NO_DUP_CHK_FLG)."),
    correct(Group::Order, "9022", "Invalid Card Data. Please check [cartData] parameter, and make sure you send valid JSON format."),
    correct(Group::Order, "9023", "Invalid Cart Data. Amount is different with Cart Data total amount. Please make sure [amt] = sum of [amt] in [cartData]"),
    correct(Group::Order, "9024", "Undefined: Customer IP Address. Please check your request parameter and make sure [userIP] is defined."),
    correct(Group::Order, "9025", "Undefined: Buyer City. Please check your request parameter and make sure [billingCity] is defined."),
    correct(Group::Order, "9026", "Undefined: Buyer State. Please check your request parameter and make sure [billingState] is defined."),
    correct(Group::Order, "9027", "Undefined: Buyer Postal Code. Please check your request parameter and make sure [billingPostCd] is defined."),
    correct(Group::Order, "9028", "Undefined: Buyer Country. Please check your request parameter and make sure [billingCountry] is defined."),
    correct(Group::Order, "9029", "Installment is not available for defined month"),
    ask(Group::Order, "9030", "Transaction Fail. Please check information."),
    correct(Group::Order, "9031", "Date/Time check."),
    ask(Group::Cancel, "8061", "Full canceled error."),
    ask(Group::Cancel, "8062", "Partial cancled error."),
    correct(Group::Cancel, "8063", "The MID error during the full cancel."),
    correct(Group::Cancel, "8064", "The tXID error during the full cancel."),
    correct(Group::Cancel, "8065", "The MID error during the partial cancel."),
    correct(Group::Cancel, "8066", "The tXID error during the partial cancel."),
    correct(Group::Cancel, "8067", "The amount error during the partial cancel."),
    ask(Group::Cancel, "8090", "Net canceled error."),
    correct(Group::Cancel, "9301", "Invalid Cancel Type."),
    again(Group::Cancel, "9302", BUSY),
    again(Group::Cancel, "9303", BUSY),
    ask(Group::Cancel, "9304", "TB_TRANS_HISTORY update error."),
    ask(Group::Cancel, "9305", "Ledger card registration error."),
    ask(Group::Cancel, "9306", "Ledger partial cancel registration error."),
    ask(Group::Cancel, "9307", "Cards query error."),
    ask(Group::Cancel, "9308", "Database connection error."),
    ask(Group::Cancel, "9309", "Bank connection error."),
    ask(Group::Cancel, "9310", "TB_TRANS HISTORY registration error."),
    ask(Group::Cancel, "9311", "Transaction number generated error."),
    correct(Group::Cancel, "9312", "No cancellation amount or cancellation amount includes the letter."),
    ask(Group::Cancel, "9313", "Partial cancellation is only possible mandiri."),
    correct(Group::Cancel, "9314", "Can not cancel your request transaction number."),
    ask(Group::Cancel, "9315", "Cancel Ledger duplicate registration error."),
    ask(Group::Cancel, "9316", "Bank code duplication errors."),
    ask(Group::Cancel, "9317", "Bank Mandiri is available once a partial canceled."),
    ask(Group::Cancel, "9318", "Virtual account can not request to cancel."),
    correct(Group::Cancel, "9319", "The amount you entered is larger than the amount you want to cancel."),
    ask(Group::Cancel, "9320", "Can not cancel the entire data already partially canceled."),
    correct(Group::Cancel, "9321", "Please fill in the requested amount greater than zero."),
    ask(Group::Cancel, "9322", "Merchant infomaition(CARD_BIN) query fail."),
    ask(Group::Cancel, "9323", "Merchant infomaition(Merchant_INFO) query fail."),
    ask(Group::Cancel, "9324", "MERCHANT_CARDINFO query error."),
    ask(Group::Cancel, "9325", "B_MID,B_TID query error."),
    ask(Group::Cancel, "9326", "It can not be canceled after purchase."),
    ask(Group::Cancel, "9327", "It can not be partial cancelation before purchase."),
    ask(Group::Cancel, "9328", "The information can not be canceled (Void Risk Check)."),
    ask(Group::Cancel, "9329", "The information can not be partial cancelation (Void Risk Check)."),
    ask(Group::Cancel, "9330", "Virtual account deposit has been completed can not be canceled."),
    ask(Group::Cancel, "9331", "The merchant can not be canceled."),
    ask(Group::Cancel, "9332", "The merchant can not be partial cancellation."),
    ask(Group::Cancel, "9333", "The merchant can not be cancellation. (Debt cancellation prevent restrictions)"),
    ask(Group::Cancel, "9334", "Cancellation period exceeds(limit 90 days)."),
    ask(Group::OnePass, "8200", "One Pass inquiry error."),
    correct(Group::OnePass, "8201", "OnePass Token Duplicate."),
    correct(Group::OnePass, "8202", "OnePass Invalid Amount."),
    again(Group::Cvs, "9501", BUSY),
    again(Group::Cvs, "9502", BUSY),
    ask(Group::Cvs, "9503", "Failed to generate CVS Number. Pool is empty or reached maximum."),
    again(Group::Cvs, "9504", BUSY),
    correct(Group::Cvs, "9505", "Failed to generate virtual account. Invalid CVS."),
    again(Group::Cvs, "9506", BUSY),
    correct(Group::Cvs, "9507", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length."),
    ask(Group::Cvs, "9508", "Error in non-usage of criterion information."),
    correct(Group::Cvs, "9509", "the payment amount is too small."),
    correct(Group::Cvs, "9510", "Error in expiration date of deposit, expiration time for deposit, and inclusion of letters."),
    correct(Group::Cvs, "9511", "Expiration date and time for deposit length is not valid."),
    ask(Group::Cvs, "9512", "Error of check for merchant ID, payment method."),
    ask(Group::Cvs, "9513", "TB_TRANS_HISTORY registration error."),
    ask(Group::Cvs, "9514", "Failed in inquiring settlement interval."),
    ask(Group::Cvs, "9515", "Order number redundancy check (TB_MOID_VERIFY) updates error."),
    ask(Group::Cvs, "9516", "CVS NUmber failure ledger (TB_CVS_FAIL) registration error."),
    ask(Group::Cvs, "9517", "Order number redundancy check (TB_MOID_VERIFY) delete error."),
    ask(Group::Cvs, "9518", "CVS ledger inquiry failure."),
    again(Group::Cvs, "9519", BUSY),
    again(Group::Cvs, "9520", BUSY),
    ask(Group::Cvs, "9521", "Error in non-usage of criterion information(CVS_SET)."),
    ask(Group::Cvs, "9522", "Error in non-usage of criterion information(MITRA_CONT)."),
    correct(Group::Cvs, "9523", "Invalid customer id."),
    correct(Group::Cvs, "9524", "Error of check for customerId."),
    ask(Group::Cvs, "9525", "Invalid Merchant Token. Contact NICEPay for further information."),
    ask(Group::Cvs, "9526", "CVS Number is exceeded limit digit."),
    ask(Group::Cvs, "9527", "DB insert error."),
    correct(Group::Cvs, "9528", "Transaction not found."),
    ask(Group::Cvs, "9529", "Fix account accountType error."),
    correct(Group::Cvs, "9530", "Not exist customerId."),
    correct(Group::Cvs, "9531", "Data is null error."),
    ask(Group::Cvs, "9532", "iMid is exist."),
    ask(Group::Cvs, "9533", "CVS Number is duplicate."),
    correct(Group::Cvs, "9534", "customerId already exist."),
    correct(Group::Cvs, "9535", "Invalid customer name."),
    correct(Group::Cvs, "9536", "Try check date."),
];

const BUSY: &str = "Server is busy. Please kindly try again in few minutes.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_once_but_for_the_seven_of_two_groups() {
        let mut twice = Vec::new();
        for (place, row) in CATALOGUE.iter().enumerate() {
            assert!(row.code.len() == 4 && row.code.bytes().all(|digit| digit.is_ascii_digit()), "{row}");
            twice.extend(
                CATALOGUE[..place].iter().filter(|other| other.code == row.code).map(|other| (other.group, row)),
            );
        }
        let codes: Vec<_> = twice.iter().map(|(_, row)| row.code).collect();
        assert_eq!(codes, ["9501", "9502", "9503", "9504", "9505", "9506", "9507"]);
        assert!(twice.iter().all(|(group, row)| *group == Group::Common && row.group == Group::Cvs));
        assert_ne!(ResultCode::of(Group::Common, "9505"), ResultCode::of(Group::Cvs, "9505"));
    }

    #[test]
    fn only_what_is_over_soon_is_sent_again() {
        let again: Vec<_> =
            CATALOGUE.iter().filter(|row| row.remedy() == Remedy::Again).map(|row| row.code()).collect();
        let due = "1001 1002 1003 1004 9002 9302 9303 9501 9502 9504 9506 9519 9520";
        assert_eq!(again, due.split(' ').collect::<Vec<_>>());
        assert!(CATALOGUE.iter().all(|row| (row.message() == BUSY) <= (row.remedy() == Remedy::Again)));
        assert!(CATALOGUE.iter().all(|row| (row.remedy() == Remedy::Nothing) == (*row == ResultCode::SUCCESS)));
    }

    #[test]
    fn a_number_of_two_groups_is_told_by_its_wording() {
        let groups = [Group::Order, Group::Cvs, Group::Common];
        let too_long = ResultCode::of(Group::Cvs, "9507");
        let timeout = ResultCode::of(Group::Common, "9507");
        assert_eq!(received(&groups, "9507", too_long.message()), Some(too_long));
        assert_eq!(received(&groups, "9507", " Http timeout exception. "), Some(timeout));
        assert_eq!(received(&groups, "9507", "something new"), None);
        assert_eq!(received(&[Group::Cvs], "9507", "something new"), Some(too_long));
        assert_eq!(received(&groups, "9501", BUSY).map(ResultCode::remedy), Some(Remedy::Again));
        assert_eq!(
            received(&groups, "9501", "Invalid transaction number.").map(ResultCode::remedy),
            Some(Remedy::Correct)
        );
        assert_eq!(received(&groups, "9009", ""), Some(ResultCode::of(Group::Order, "9009")));
        assert_eq!(received(&groups, "8061", "Full canceled error."), None, "of a cancel, which this was not");
        assert_eq!(received(&groups, "7777", ""), None);
    }
}
