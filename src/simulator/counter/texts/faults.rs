//! The faults in both languages. English stands where the faults are declared.

use crate::simulator::counter::language::Language;
use crate::simulator::fault::FAULTS;

/// What a fault does, in words.
pub(in crate::simulator::counter) fn told(word: &str, language: Language) -> &'static str {
    let place = FAULTS.iter().position(|(known, ..)| *known == word);
    match (place, language) {
        (Some(place), Language::English) => FAULTS[place].2,
        (Some(place), Language::Indonesian) => INDONESIAN[place].1,
        (None, _) => "",
    }
}

const INDONESIAN: &[(&str, &str)] = &[
    ("wrong-key", "ditandatangani dengan kunci yang tidak dikenal siapa pun"),
    ("garbage-signature", "X-SIGNATURE sama sekali bukan tanda tangan digital"),
    ("hex-signature", "tanda tangan yang benar, ditulis dalam heksadesimal"),
    ("url-safe-signature", "tanda tangan yang benar, dalam base64 untuk URL"),
    ("altered-signature", "tanda tangan yang benar, tetapi satu bit diubah"),
    ("tailed-signature", "tanda tangan yang benar, dengan byte tambahan di belakangnya"),
    ("folded-signature", "tanda tangan yang benar, diubah menjadi huruf kecil"),
    ("wrong-string-to-sign", "yang ditandatangani urutannya salah"),
    ("other-scheme", "ditandatangani dengan skema SNAP yang lain: HMAC padahal RSA, atau sebaliknya"),
    ("stale", "X-TIMESTAMP sudah lewat sepuluh menit"),
    ("future", "X-TIMESTAMP sepuluh menit di depan"),
    ("seven-hours-off", "X-TIMESTAMP adalah UTC yang diberi label +07:00"),
    ("no-offset", "X-TIMESTAMP tanpa zona waktu"),
    ("bad-timestamp", "X-TIMESTAMP bukan waktu"),
    ("zulu", "tidak berbahaya: X-TIMESTAMP dalam UTC, berakhiran Z"),
    ("milliseconds", "tidak berbahaya: X-TIMESTAMP dengan milidetik"),
    ("foreign-token", "token buatan server lain"),
    ("altered-token", "token yang benar, tetapi satu karakter diubah"),
    ("expired-token", "token yang sudah kedaluwarsa"),
    ("other-token", "token milik client lain"),
    ("quoted-token", "tidak berbahaya: token diapit tanda kutip, seperti di halaman NICEPAY"),
    ("lower-case-bearer", "tidak berbahaya: bearer, padahal biasanya Bearer"),
    ("other-partner", "X-PARTNER-ID milik client lain, dengan tanda tangan dan token sendiri"),
    ("unknown-client", "client ID yang tidak dimiliki siapa pun"),
    ("as-other", "tidak berbahaya: client lain yang memanggil, dengan ID, kunci, dan tokennya sendiri"),
    ("reused-external-id", "X-EXTERNAL-ID dari panggilan sebelumnya"),
    ("lettered-external-id", "tidak berbahaya: X-EXTERNAL-ID dengan huruf, seperti buatan SDK NICEPAY"),
    ("folded-external-id", "tidak berbahaya: X-EXTERNAL-ID dari panggilan sebelumnya, besar-kecil hurufnya ditukar"),
    (
        "crossed-external-id",
        "tidak berbahaya: X-EXTERNAL-ID dari panggilan terakhir, yang milik endpoint lain atau client lain",
    ),
    ("missing-header", "satu header tidak dikirim"),
    ("empty-header", "satu header dikirim kosong"),
    ("doubled-header", "satu header dikirim dua kali, dengan dua isi"),
    ("over-long-header", "header sepanjang 41 karakter, padahal paling banyak 40"),
    ("extra-header", "tidak berbahaya: header yang tidak dikenal siapa pun"),
    ("missing-field", "satu kolom dalam isi tidak dikirim"),
    ("empty-field", "satu kolom dalam isi kosong"),
    ("null-field", "satu kolom dalam isi bernilai null"),
    ("number-field", "satu kolom dalam isi berupa angka, padahal seharusnya teks"),
    ("over-long", "satu kolom dalam isi lebih panjang dari yang diizinkan"),
    ("set-field", "satu kolom dalam isi diganti teksnya"),
    ("extra-field", "tidak berbahaya: kolom yang tidak dikenal siapa pun"),
    ("altered-body", "isi diubah setelah ditandatangani"),
    ("pretty-body", "tidak berbahaya: isi ditulis dalam beberapa baris"),
    ("broken-json", "isi terpotong"),
    ("not-an-object", "isi berupa larik JSON"),
    ("duplicate-key", "isi memuat satu kolom dua kali"),
    ("deep-body", "isi bersarang seribu tingkat"),
    ("huge-body", "isi sebesar satu megabyte"),
    ("empty-body", "tanpa isi"),
    ("text-body", "Content-Type adalah text/plain"),
    ("sdk-media-type", "tidak berbahaya: Content-Type ditulis Application/JSON, seperti oleh SDK NICEPAY"),
    ("charset", "tidak berbahaya: Content-Type menyebut charset-nya"),
    ("wrong-verb", "GET padahal seharusnya POST"),
    ("unknown-path", "alamat yang tidak ada"),
    ("signing-page", "alamat halaman yang menandatangani untuk siapa pun yang mengirim kunci privat"),
    ("duplicate", "dikirim dua kali berturut-turut, persis sama"),
    ("out-of-order", "pembatalan datang sebelum yang dibatalkan"),
    ("dropped", "sambungan diputus setelah dikirim, jawabannya tidak dibaca"),
    ("delayed", "ditandatangani sekarang, dikirim sekian detik kemudian"),
];

/// A fault without Indonesian words, or out of place here, does not compile.
const _: () = {
    assert!(FAULTS.len() == INDONESIAN.len(), "every fault has its words in Indonesian");
    let mut place = 0;
    while place < FAULTS.len() {
        assert!(is_same(FAULTS[place].0.as_bytes(), INDONESIAN[place].0.as_bytes()), "in the same order");
        place += 1;
    }
};

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}
