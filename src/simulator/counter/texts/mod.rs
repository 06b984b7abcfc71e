//! Every text of the counter, in both languages: what lacks one of them does not compile.

pub(super) mod faults;
pub(super) mod verdicts;

use super::language::Language;

/// Declares texts: a name, English, Indonesian. Where a text has `{}`, something is filled in.
macro_rules! texts {
    ($what:literal $kind:ident $( $name:ident $english:literal $indonesian:literal; )+) => {
        #[doc = $what]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::simulator::counter) enum $kind {
            $( $name, )+
        }

        impl $kind {
            /// The text in that language.
            pub(in crate::simulator::counter) const fn told(self, language: Language) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$name, Language::English) => $english,
                        (Self::$name, Language::Indonesian) => $indonesian,
                    )+
                }
            }
        }
    };
}
use texts;

texts! {
    "What stands on the page." Text

    Till "The store's till" "Kasir gerai";
    Brand "till" "kasir";
    NotNicepay
        "Practice only. This is not NICEPAY and not a store, and no money moves."
        "Hanya untuk latihan. Ini bukan NICEPAY dan bukan gerai sungguhan, dan tidak ada uang yang berpindah.";
    SkipToTill "Skip to the till" "Langsung ke kasir";
    Languages "Language" "Bahasa";
    Intro
        "A customer comes to the till and tells a payment number. Type it in, and see what your own server answers."
        "Seorang pelanggan datang ke kasir dan menyebutkan nomor pembayaran. Ketik nomornya, lalu lihat jawaban server Anda.";
    Steps "Where we are" "Tahapan";
    StepNumber "Number" "Nomor";
    StepBill "Bill" "Tagihan";
    StepReceipt "Receipt" "Struk";

    Store "Which store?" "Di gerai mana?";
    PayNo "Payment number" "Nomor pembayaran";
    PayNoHint "At most 12 digits. Spaces and dashes do not matter." "Paling banyak 12 angka. Spasi dan tanda hubung tidak apa-apa.";
    Ask "Show the bill" "Lihat tagihan";
    Asking "NICEPAY is asking your server…" "NICEPAY sedang bertanya ke server Anda…";
    BadPayNo "This is no payment number: type 2 to 12 digits." "Ini bukan nomor pembayaran: ketik 2 sampai 12 angka.";
    BadStore "Choose one of the stores." "Pilih salah satu gerai.";
    BadFault
        "This kind of fault needs to be told more exactly: fill in the field below it."
        "Jenis kesalahan ini perlu diperjelas: isi kolom di bawahnya.";

    Faults "Make something go wrong" "Sengaja buat kesalahan";
    FaultsHint
        "The next call to your server is spoiled in this one way, to see whether your server notices."
        "Panggilan berikutnya ke server Anda dirusak dengan satu cara ini, untuk melihat apakah server Anda menyadarinya.";
    Fault "What is wrong with the call" "Apa yang salah pada panggilan";
    NoFault "Nothing: a proper call" "Tidak ada: panggilan yang benar";
    FaultArgument "Where exactly" "Tepatnya di mana";
    FaultArgumentHint
        "For a header its name, such as X-SIGNATURE; for a field its name, such as payNo, or name and text, such as mitraCd:INDO; for a delay its seconds."
        "Untuk header: namanya, misalnya X-SIGNATURE; untuk kolom: namanya, misalnya payNo, atau nama dan isinya, misalnya mitraCd:INDO; untuk penundaan: jumlah detiknya.";

    Bill "The bill" "Tagihan";
    ToBePaid "To be paid" "Yang harus dibayar";
    Name "Name" "Nama";
    Goods "For" "Untuk";
    Reference "Reference" "Referensi";
    ValidUntil "Valid until" "Berlaku sampai";
    NotTold "not told" "tidak disebutkan";
    OverAlready
        "This time is over, and yet your server shows the bill. It should answer 4040019."
        "Waktu ini sudah lewat, tetapi server Anda masih menampilkan tagihannya. Seharusnya server menjawab 4040019.";
    Pay "Pay {}" "Bayar {}";
    Paying "NICEPAY is telling your server…" "NICEPAY sedang memberi tahu server Anda…";
    AnotherNumber "Another number" "Nomor lain";
    NoBill "No bill" "Tidak ada tagihan";
    BeingAsked "Your server is still being asked. Look again in a moment." "Server Anda masih ditanya. Lihat lagi sebentar lagi.";

    Receipt "Receipt" "Struk";
    Paid "PAID" "LUNAS";
    PaidAt "Paid" "Dibayar";
    PaymentId "Payment" "Pembayaran";
    Total "Total" "Total";
    Thanks "Thank you" "Terima kasih";
    NoProof "Practice receipt. Not a proof of payment." "Struk latihan. Bukan bukti pembayaran.";
    NextCustomer "Next customer" "Pelanggan berikutnya";
    NoReceipt "No receipt" "Tidak ada struk";
    Again "Tell it once more" "Kabarkan sekali lagi";
    AgainHint
        "The same payment again, as NICEPAY does when an answer was lost. Your server must accept it, and count it once."
        "Pembayaran yang sama dikirim lagi, seperti yang dilakukan NICEPAY bila jawaban hilang. Server Anda harus menerimanya, dan mencatatnya satu kali saja.";
    Taken "Accepted by your server: {}×" "Diterima oleh server Anda: {}×";
    NotTakenAgain "Told, and not accepted" "Diberitahukan, tetapi tidak diterima";

    Story "What NICEPAY and your server said" "Percakapan NICEPAY dan server Anda";
    StoryHint
        "Every call, as it went over the wire. The newest is at the bottom."
        "Setiap panggilan, persis seperti yang terkirim. Yang terbaru ada di bawah.";
    How "How it goes" "Begini alurnya";
    HowNumber
        "The customer tells the cashier the number that your shop gave."
        "Pelanggan menyebutkan kepada kasir nomor yang diberikan toko Anda.";
    HowBill
        "NICEPAY asks your server what is to be paid, and the cashier sees your answer."
        "NICEPAY bertanya kepada server Anda berapa yang harus dibayar, dan kasir melihat jawaban Anda.";
    HowPayment
        "The customer pays, and NICEPAY tells your server."
        "Pelanggan membayar, dan NICEPAY memberi tahu server Anda.";
    HowHere
        "Here nico plays the store and NICEPAY. Each call will show up in this place, with all that was sent and answered."
        "Di sini nico berperan sebagai gerai dan NICEPAY. Setiap panggilan akan tampil di tempat ini, lengkap dengan yang dikirim dan dijawab.";
    AskedToken "NICEPAY asked your server for an access token" "NICEPAY meminta access token kepada server Anda";
    AskedBill "NICEPAY asked your server what is to be paid" "NICEPAY bertanya kepada server Anda berapa yang harus dibayar";
    ToldPayment "NICEPAY told your server that the bill was paid" "NICEPAY memberi tahu server Anda bahwa tagihan sudah dibayar";
    Notified "NICEPAY notified your server of a payment" "NICEPAY mengirim notifikasi pembayaran kepada server Anda";
    CalledMerchant "NICEPAY called your server: {}" "NICEPAY memanggil server Anda: {}";
    StoreAsked "The store asked NICEPAY about a number that NICEPAY had issued." "Gerai bertanya kepada NICEPAY tentang nomor yang diterbitkan NICEPAY.";
    StorePaid "The store told NICEPAY that the number was paid." "Gerai memberi tahu NICEPAY bahwa nomor ini sudah dibayar.";
    StoreReversed "The store took the payment back, and told NICEPAY so." "Gerai membatalkan pembayaran dan memberi tahu NICEPAY.";
    CalledNicepay "Your server called NICEPAY: {}" "Server Anda memanggil NICEPAY: {}";
    Details "Details: all that was sent and answered" "Rincian: semua yang dikirim dan dijawab";
    Sent "What was sent" "Yang dikirim";
    Answered "What was answered" "Yang dijawab";
    Headers "Headers" "Header";
    Body "Body" "Isi";
    NoBody "no body" "tanpa isi";
    StringToSign "String to sign: the text that the digital signature was made over" "String to sign: teks yang ditandatangani secara digital";
    MoreCharacters "… and {} more characters" "… dan {} karakter lagi";
    NoAnswer "no answer" "tidak ada jawaban";
    OnPurpose "Wrong on purpose:" "Sengaja dibuat salah:";

    CallsGoTo "Calls go to" "Panggilan dikirim ke";

    UnknownPage "There is no such page here" "Halaman ini tidak ada";
    UnknownPageHint "The till is at the front." "Kasirnya ada di halaman depan.";
    ToTheTill "To the till" "Ke kasir";
    WrongVerb "This page is not used in this way" "Halaman ini tidak dipakai dengan cara ini";
    Forgotten "This visit is no longer known" "Kunjungan ini sudah tidak tersimpan";
    ForgottenHint
        "The simulator keeps the last 200 visits, and only until it is ended."
        "Simulator menyimpan 200 kunjungan terakhir, dan hanya sampai simulator dihentikan.";
    BadForm "This form cannot be read" "Formulir ini tidak dapat dibaca";
    StrangeHost
        "The till answers only to a number or a plain name, such as http://127.0.0.1 or http://localhost with its port"
        "Kasir hanya menjawab alamat angka atau nama sederhana, misalnya http://127.0.0.1 atau http://localhost beserta portnya";
    StrangeOrigin
        "This was sent by another site. Nothing was called; open the till itself"
        "Ini dikirim dari situs lain. Tidak ada yang dipanggil; buka kasirnya langsung";
}

/// The text with something filled in.
pub(super) fn filled(template: &str, value: &str) -> String {
    template.replacen("{}", value, 1)
}
