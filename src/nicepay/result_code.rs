//! `resultCd`: NICEPAY's codes for orders, cancels and convenience stores, with what it says of each in `resultMsg`.
//!
//! **`9501`–`9507` mean two things each.** A number is no code without its [`Group`]; who reads an answer keeps its
//! `resultMsg`. The wording is NICEPAY's own, slips and all.

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

const fn row(group: Group, code: &'static str, message: &'static str) -> ResultCode {
    ResultCode { group, code, message }
}

#[rustfmt::skip]
const CATALOGUE: [ResultCode; 129] = [
    row(Group::Common, "0000", "SUCCESS"),
    row(Group::Common, "1001", "Connection error"),
    row(Group::Common, "1002", "Socket error"),
    row(Group::Common, "1003", "Server error"),
    row(Group::Common, "1004", "Timeout error"),
    row(Group::Common, "9501", "Invalid transaction number."),
    row(Group::Common, "9502", "Transaction not allowed."),
    row(Group::Common, "9503", "It has been stopped or terminated in its stores."),
    row(Group::Common, "9504", "No offus information."),
    row(Group::Common, "9505", "No bank information."),
    row(Group::Common, "9506", "No Merchant Paymethod information."),
    row(Group::Common, "9507", "Http timeout exception."),
    row(Group::Order, "8001", "Order registration error."),
    row(Group::Order, "8002", "Order inquiry error."),
    row(Group::Order, "8003", "Order registration data error."),
    row(Group::Order, "8004", "The tXid error during the order inquiry."),
    row(Group::Order, "8005", "OrderAuthType API Response data null."),
    row(Group::Order, "9001", "Failed to register your order. Please check your HTTP Message."),
    row(Group::Order, "9002", BUSY),
    row(Group::Order, "9003", "Invalid Order."),
    row(Group::Order, "9004", "Error on inquiry of order confirmation."),
    row(Group::Order, "9005", "Failed to check status. Please contact NICEPay for further information."),
    row(Group::Order, "9006", "Transaction number generated error."),
    row(Group::Order, "9007", "Undefined: Amount. Please check your request parameter and make sure [amt] is defined."),
    row(Group::Order, "9008", "Invalid Request Amount. Amount should only number and do not includes decimal."),
    row(Group::Order, "9009", "Reference Number already exist. Please generate unique [referenceNo]."),
    row(Group::Order, "9010", "Invalid Merchant Token. Contact NICEPay for further information."),
    row(Group::Order, "9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information."),
    row(Group::Order, "9012", "This Payment method is currently not activated. Contact Nicepay for further information."),
    row(Group::Order, "9013", "Undefined: Currency Code. Please check your request parameter and make sure [currencyCode] is defined."),
    row(Group::Order, "9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined."),
    row(Group::Order, "9015", "Undefined: Goods Name. Please check your request parameter and make sure [goodsNm] is defined."),
    row(Group::Order, "9016", "Undefined: Buyer Name. Please check your request parameter and make sure [billingNm] is defined."),
    row(Group::Order, "9017", "Undefined: Buyer Phone Number. Please check your request parameter and make sure [billingPhone] is defined."),
    row(Group::Order, "9018", "Undefined: Buyer Email Address. Please check your request parameter and make sure [billingEmail] is defined."),
    row(Group::Order, "9019", "Undefined: Callback URL. Please check your request parameter and make sure [callbackUrl] is defined."),
    row(Group::Order, "9020", "Undefined: Debit Process URL. Please check your request parameter and make sure [dbProcessUrl] is defined."),
    row(Group::Order, "9021", "Failed in inquiring the criterion information (BO_MER_MGNT ORD_NO_DUP_CHK_FLG)."),
    row(Group::Order, "9022", "Invalid Card Data. Please check [cartData] parameter, and make sure you send valid JSON format."),
    row(Group::Order, "9023", "Invalid Cart Data. Amount is different with Cart Data total amount. Please make sure [amt] = sum of [amt] in [cartData]"),
    row(Group::Order, "9024", "Undefined: Customer IP Address. Please check your request parameter and make sure [userIP] is defined."),
    row(Group::Order, "9025", "Undefined: Buyer City. Please check your request parameter and make sure [billingCity] is defined."),
    row(Group::Order, "9026", "Undefined: Buyer State. Please check your request parameter and make sure [billingState] is defined."),
    row(Group::Order, "9027", "Undefined: Buyer Postal Code. Please check your request parameter and make sure [billingPostCd] is defined."),
    row(Group::Order, "9028", "Undefined: Buyer Country. Please check your request parameter and make sure [billingCountry] is defined."),
    row(Group::Order, "9029", "Installment is not available for defined month"),
    row(Group::Order, "9030", "Transaction Fail. Please check information."),
    row(Group::Order, "9031", "Date/Time check."),
    row(Group::Cancel, "8061", "Full canceled error."),
    row(Group::Cancel, "8062", "Partial cancled error."),
    row(Group::Cancel, "8063", "The MID error during the full cancel."),
    row(Group::Cancel, "8064", "The tXID error during the full cancel."),
    row(Group::Cancel, "8065", "The MID error during the partial cancel."),
    row(Group::Cancel, "8066", "The tXID error during the partial cancel."),
    row(Group::Cancel, "8067", "The amount error during the partial cancel."),
    row(Group::Cancel, "8090", "Net canceled error."),
    row(Group::Cancel, "9301", "Invalid Cancel Type."),
    row(Group::Cancel, "9302", BUSY),
    row(Group::Cancel, "9303", BUSY),
    row(Group::Cancel, "9304", "TB_TRANS_HISTORY update error."),
    row(Group::Cancel, "9305", "Ledger card registration error."),
    row(Group::Cancel, "9306", "Ledger partial cancel registration error."),
    row(Group::Cancel, "9307", "Cards query error."),
    row(Group::Cancel, "9308", "Database connection error."),
    row(Group::Cancel, "9309", "Bank connection error."),
    row(Group::Cancel, "9310", "TB_TRANS HISTORY registration error."),
    row(Group::Cancel, "9311", "Transaction number generated error."),
    row(Group::Cancel, "9312", "No cancellation amount or cancellation amount includes the letter."),
    row(Group::Cancel, "9313", "Partial cancellation is only possible mandiri."),
    row(Group::Cancel, "9314", "Can not cancel your request transaction number."),
    row(Group::Cancel, "9315", "Cancel Ledger duplicate registration error."),
    row(Group::Cancel, "9316", "Bank code duplication errors."),
    row(Group::Cancel, "9317", "Bank Mandiri is available once a partial canceled."),
    row(Group::Cancel, "9318", "Virtual account can not request to cancel."),
    row(Group::Cancel, "9319", "The amount you entered is larger than the amount you want to cancel."),
    row(Group::Cancel, "9320", "Can not cancel the entire data already partially canceled."),
    row(Group::Cancel, "9321", "Please fill in the requested amount greater than zero."),
    row(Group::Cancel, "9322", "Merchant infomaition(CARD_BIN) query fail."),
    row(Group::Cancel, "9323", "Merchant infomaition(Merchant_INFO) query fail."),
    row(Group::Cancel, "9324", "MERCHANT_CARDINFO query error."),
    row(Group::Cancel, "9325", "B_MID,B_TID query error."),
    row(Group::Cancel, "9326", "It can not be canceled after purchase."),
    row(Group::Cancel, "9327", "It can not be partial cancelation before purchase."),
    row(Group::Cancel, "9328", "The information can not be canceled (Void Risk Check)."),
    row(Group::Cancel, "9329", "The information can not be partial cancelation (Void Risk Check)."),
    row(Group::Cancel, "9330", "Virtual account deposit has been completed can not be canceled."),
    row(Group::Cancel, "9331", "The merchant can not be canceled."),
    row(Group::Cancel, "9332", "The merchant can not be partial cancellation."),
    row(Group::Cancel, "9333", "The merchant can not be cancellation. (Debt cancellation prevent restrictions)"),
    row(Group::Cancel, "9334", "Cancellation period exceeds(limit 90 days)."),
    row(Group::OnePass, "8200", "One Pass inquiry error."),
    row(Group::OnePass, "8201", "OnePass Token Duplicate."),
    row(Group::OnePass, "8202", "OnePass Invalid Amount."),
    row(Group::Cvs, "9501", BUSY),
    row(Group::Cvs, "9502", BUSY),
    row(Group::Cvs, "9503", "Failed to generate CVS Number. Pool is empty or reached maximum."),
    row(Group::Cvs, "9504", BUSY),
    row(Group::Cvs, "9505", "Failed to generate virtual account. Invalid CVS."),
    row(Group::Cvs, "9506", BUSY),
    row(Group::Cvs, "9507", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length."),
    row(Group::Cvs, "9508", "Error in non-usage of criterion information."),
    row(Group::Cvs, "9509", "the payment amount is too small."),
    row(Group::Cvs, "9510", "Error in expiration date of deposit, expiration time for deposit, and inclusion of letters."),
    row(Group::Cvs, "9511", "Expiration date and time for deposit length is not valid."),
    row(Group::Cvs, "9512", "Error of check for merchant ID, payment method."),
    row(Group::Cvs, "9513", "TB_TRANS_HISTORY registration error."),
    row(Group::Cvs, "9514", "Failed in inquiring settlement interval."),
    row(Group::Cvs, "9515", "Order number redundancy check (TB_MOID_VERIFY) updates error."),
    row(Group::Cvs, "9516", "CVS NUmber failure ledger (TB_CVS_FAIL) registration error."),
    row(Group::Cvs, "9517", "Order number redundancy check (TB_MOID_VERIFY) delete error."),
    row(Group::Cvs, "9518", "CVS ledger inquiry failure."),
    row(Group::Cvs, "9519", BUSY),
    row(Group::Cvs, "9520", BUSY),
    row(Group::Cvs, "9521", "Error in non-usage of criterion information(CVS_SET)."),
    row(Group::Cvs, "9522", "Error in non-usage of criterion information(MITRA_CONT)."),
    row(Group::Cvs, "9523", "Invalid customer id."),
    row(Group::Cvs, "9524", "Error of check for customerId."),
    row(Group::Cvs, "9525", "Invalid Merchant Token. Contact NICEPay for further information."),
    row(Group::Cvs, "9526", "CVS Number is exceeded limit digit."),
    row(Group::Cvs, "9527", "DB insert error."),
    row(Group::Cvs, "9528", "Transaction not found."),
    row(Group::Cvs, "9529", "Fix account accountType error."),
    row(Group::Cvs, "9530", "Not exist customerId."),
    row(Group::Cvs, "9531", "Data is null error."),
    row(Group::Cvs, "9532", "iMid is exist."),
    row(Group::Cvs, "9533", "CVS Number is duplicate."),
    row(Group::Cvs, "9534", "customerId already exist."),
    row(Group::Cvs, "9535", "Invalid customer name."),
    row(Group::Cvs, "9536", "Try check date."),
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
}
