//! What came back, in plain words, and what to do about it.

use super::texts;
use crate::simulator::counter::language::Language;
use crate::simulator::exchange::Trouble;
use crate::snap::response_code::Case;

texts! {
    "What is said of an answer." Verdict

    Token "Your server gave a token. NICEPAY shows it with each call, for 15 minutes." "Server Anda memberi token. NICEPAY menunjukkannya pada setiap panggilan, selama 15 menit.";
    Bill "Your server answered with the bill." "Server Anda menjawab dengan tagihannya.";
    Payment "Your server has taken note of the payment." "Server Anda sudah mencatat pembayarannya.";
    Accepted "It was accepted." "Diterima.";
    NotAccepted "It was not accepted." "Tidak diterima.";
    Noticed "The call was wrong on purpose, and your server noticed." "Panggilan ini sengaja dibuat salah, dan server Anda menyadarinya.";

    PaidAtNicepay "NICEPAY issued this number, and it is paid already." "Nomor ini diterbitkan NICEPAY dan sudah dibayar.";
    ExpiredAtNicepay "NICEPAY issued this number, and it has expired." "Nomor ini diterbitkan NICEPAY dan sudah kedaluwarsa.";
    ReversedAtNicepay "NICEPAY issued this number; it was paid, and the store took the payment back." "Nomor ini diterbitkan NICEPAY; sudah dibayar, lalu pembayarannya dibatalkan oleh gerai.";
    CancelledAtNicepay "NICEPAY issued this number, and the merchant has withdrawn it." "Nomor ini diterbitkan NICEPAY dan sudah dibatalkan oleh merchant.";
    NotAcknowledged "The money is taken, but your server did not acknowledge NICEPAY's notification." "Uangnya sudah diterima, tetapi server Anda tidak mengakui notifikasi NICEPAY.";
    NotAcknowledgedNext "Every notification is answered with HTTP 200 as soon as it is written down, also one that comes again: else NICEPAY goes on sending it." "Setiap notifikasi dijawab dengan HTTP 200 begitu dicatat, juga yang datang berulang: kalau tidak, NICEPAY akan terus mengirimnya.";
    NotWritten "The simulator could not write the payment into its books." "Simulator tidak dapat mencatat pembayaran ini.";
    NotWrittenNext "Look whether the file of --data can be written." "Periksa apakah berkas --data dapat ditulis.";

    UnknownNumber "Your server does not know this number." "Server Anda tidak mengenal nomor ini.";
    UnknownNumberNext "Look for a typing mistake, or make an order with this number in your shop." "Periksa apakah ada salah ketik, atau buat pesanan dengan nomor ini di toko Anda.";
    PaidAlready "This bill is paid already." "Tagihan ini sudah dibayar.";
    PaidAlreadyNext "Nothing is to be done: the customer must not pay twice." "Tidak perlu apa-apa: pelanggan tidak boleh membayar dua kali.";
    Expired "This bill has expired." "Tagihan ini sudah kedaluwarsa.";
    ExpiredNext "The customer needs a new order, with a new number or a later date." "Pelanggan perlu pesanan baru, dengan nomor baru atau tanggal yang lebih lambat.";
    WrongAmount "Your server says that the amount is not the bill's." "Server Anda menyatakan jumlahnya tidak sama dengan tagihan.";
    WrongAmountNext "Compare totalAmount of the inquiry's answer with paidAmount of the payment." "Bandingkan totalAmount pada jawaban inquiry dengan paidAmount pada pembayaran.";
    Inconsistent "Your server knows a payment with this id, and says that this one is another." "Server Anda mengenal pembayaran dengan ID ini, dan menyatakan bahwa yang ini berbeda.";
    InconsistentNext "Compare number and amount of both payments." "Bandingkan nomor dan jumlah kedua pembayaran.";
    Unauthorized "Your server does not accept the digital signature, the client id or the time of the call." "Server Anda tidak menerima tanda tangan digital, client ID, atau waktu panggilan.";
    UnauthorizedNext "Run nico explain with the headers in the details: it finds what differs. Look also at the server's clock and at the public key it was given." "Jalankan nico explain dengan header pada rincian: perintah itu mencari apa yang berbeda. Periksa juga jam server dan kunci publik yang dipasang.";
    BadToken "Your server does not accept the token." "Server Anda tidak menerima tokennya.";
    BadTokenNext "The token is the one your server gave. If it has restarted meanwhile, tokens must survive that." "Token itu berasal dari server Anda sendiri. Bila server baru saja dinyalakan ulang, token seharusnya tetap berlaku.";
    BadRequest "Your server could not read the call." "Server Anda tidak dapat membaca panggilan ini.";
    BadRequestNext "See in the details what was sent: it is JSON, written as NICEPAY writes it." "Lihat pada rincian apa yang dikirim: JSON, ditulis seperti NICEPAY menulisnya.";
    BadField "Your server says that a field or header is missing or has the wrong form." "Server Anda menyatakan ada kolom atau header yang kurang atau bentuknya salah.";
    BadFieldNext "Its answer names the field; compare it with what was sent." "Jawabannya menyebut kolomnya; bandingkan dengan yang dikirim.";
    Conflict "Your server has seen this X-EXTERNAL-ID today." "Server Anda sudah melihat X-EXTERNAL-ID ini hari ini.";
    ConflictNext "Each call carries a new one, unless it was made to go wrong: the server should count it per client and day." "Setiap panggilan membawa yang baru, kecuali sengaja dibuat salah: server seharusnya menghitungnya per client dan per hari.";
    WrongSource "Your server takes this from NICEPAY's addresses only." "Server Anda hanya menerima ini dari alamat milik NICEPAY.";
    WrongSourceNext "For a try, admit the simulator's address too." "Untuk percobaan, izinkan juga alamat simulator.";
    UnknownPath "Your server has no such path." "Alamat ini tidak ada di server Anda.";
    UnknownPathNext "NICEPAY calls /api/v1.0/access-token/b2b, /cvs/inquiry and /cvs/payment; another base path is named with --base-path." "NICEPAY memanggil /api/v1.0/access-token/b2b, /cvs/inquiry, dan /cvs/payment; awalan lain disebut dengan --base-path.";
    WrongVerb "Your server does not take this kind of call here." "Server Anda tidak menerima jenis panggilan ini di sini.";
    WrongVerbNext "All three calls are POST." "Ketiga panggilan itu memakai POST.";
    TooLarge "Your server finds the call too large." "Menurut server Anda, panggilan ini terlalu besar.";
    TooLargeNext "A proper call has less than a kilobyte." "Panggilan yang benar kurang dari satu kilobyte.";
    Busy "Your server has too much to do." "Server Anda sedang terlalu sibuk.";
    BusyNext "Wait a moment and ask again." "Tunggu sebentar, lalu coba lagi.";
    Failed "Something failed inside your server." "Ada yang gagal di dalam server Anda.";
    FailedNext "Its log says what." "Lihat log server Anda untuk penyebabnya.";
    Slow "Your server took too long for its own patience." "Server Anda melewati batas waktunya sendiri.";
    SlowNext "Its log says what it was waiting for: mostly the database." "Lihat log server Anda untuk mengetahui apa yang ditunggu: biasanya basis data.";

    OtherCode "Your server answered with a code that NICEPAY does not expect here." "Server Anda menjawab dengan kode yang tidak diharapkan NICEPAY di sini.";
    OtherCodeNext "nico codes lists the codes there are, and when each is due." "nico codes menampilkan semua kode beserta kapan dipakai.";
    NoCode "Your server's answer has no responseCode." "Jawaban server Anda tidak memuat responseCode.";
    NoCodeNext "Every answer, good or bad, is JSON with responseCode and responseMessage." "Setiap jawaban, baik atau gagal, berupa JSON dengan responseCode dan responseMessage.";
    NoJson "Your server's answer is not JSON." "Jawaban server Anda bukan JSON.";
    NoJsonNext "It may be a page for people, from a proxy or a framework: see its body in the details." "Mungkin itu halaman untuk manusia, dari proxy atau framework: lihat isinya pada rincian.";
    Redirect "Your server sends NICEPAY elsewhere." "Server Anda mengalihkan NICEPAY ke alamat lain.";
    RedirectNext "NICEPAY does not follow: give it the final address, often https instead of http." "NICEPAY tidak mengikutinya: berikan alamat akhirnya, sering kali https alih-alih http.";
    Lacks "Your server says that all is well, but its answer lacks what the till needs: {}" "Server Anda menyatakan berhasil, tetapi jawabannya tidak memuat yang diperlukan kasir: {}";
    LacksNext "See the body in the details. An amount is text with two decimals, such as \"10000.00\", and currency is IDR." "Lihat isinya pada rincian. Jumlah ditulis sebagai teks dengan dua desimal, misalnya \"10000.00\", dan currency-nya IDR.";

    Refused "Your server does not answer: nobody listens at this address." "Server Anda tidak menjawab: tidak ada yang mendengarkan di alamat ini.";
    RefusedNext "Start your server, and look at the port. With nico: nico serve." "Nyalakan server Anda, dan periksa portnya. Dengan nico: nico serve.";
    Unreachable "No connection to your server came about." "Tidak ada sambungan ke server Anda.";
    UnreachableNext "Look at its address, the network and the firewall." "Periksa alamatnya, jaringan, dan firewall.";
    UnknownHost "The name of your server is not known." "Nama server Anda tidak dikenal.";
    UnknownHostNext "Look for a typing mistake in --url." "Periksa apakah ada salah ketik pada --url.";
    Tls "No safe connection to your server comes about." "Sambungan aman ke server Anda gagal dibuat.";
    TlsNext "Its certificate is not trusted or not for this name, or https is not spoken there." "Sertifikatnya tidak dipercaya atau bukan untuk nama ini, atau alamat itu tidak memakai https.";
    Hang "Your server takes too long." "Server Anda terlalu lama menjawab.";
    HangNext "A customer waits at the till: an answer should come within a few seconds." "Pelanggan menunggu di kasir: jawaban seharusnya datang dalam beberapa detik.";
    Endless "Your server's answer is far too large, or does not end." "Jawaban server Anda terlalu besar, atau tidak ada habisnya.";
    EndlessNext "An answer has some hundred characters." "Jawaban biasanya hanya beberapa ratus karakter.";
    Closed "Your server hung up before its answer was whole." "Server Anda memutus sambungan sebelum jawabannya lengkap.";
    ClosedNext "Its log says why: mostly it has crashed on this call." "Lihat log server Anda untuk penyebabnya: biasanya server terhenti karena panggilan ini.";
    NotHttp "What answers at this address does not speak HTTP." "Yang menjawab di alamat ini bukan server HTTP.";
    NotHttpNext "Look at the port in --url." "Periksa port pada --url.";
    Dropped "The line was cut on purpose. Nobody knows now whether your server took note." "Sambungan sengaja diputus. Kini tidak ada yang tahu apakah server Anda sempat mencatat.";
    DroppedNext "Tell it once more: your server must answer as if nothing had happened." "Kabarkan sekali lagi: server Anda harus menjawab seolah tidak terjadi apa-apa.";
    RealNicepay "This is a host of NICEPAY's own, and the simulator does not call it." "Ini host milik NICEPAY sendiri, dan simulator tidak memanggilnya.";
    RealNicepayNext "Name your own server with --url." "Sebutkan server Anda sendiri dengan --url.";
    NoUrl "The address of your server is none." "Alamat server Anda tidak sah.";
    NoUrlNext "Give --url as http://127.0.0.1:8080." "Tulis --url seperti http://127.0.0.1:8080.";

    Unfit "This fault has no meaning for this call, so nothing was sent." "Kesalahan ini tidak berlaku untuk panggilan ini, jadi tidak ada yang dikirim.";
    UnfitNext "Choose another." "Pilih yang lain.";
    NoOtherClient "This fault needs a second client of yours, and only one is known. Nothing was sent." "Kesalahan ini memerlukan client kedua, sedangkan hanya satu yang dikenal. Tidak ada yang dikirim.";
    NoOtherClientNext "Choose another fault." "Pilih kesalahan lain.";
    NoExpiredToken "No token has expired yet, so nothing was sent." "Belum ada token yang kedaluwarsa, jadi tidak ada yang dikirim.";
    NoExpiredTokenNext "A token expires after 15 minutes: try again then." "Token kedaluwarsa setelah 15 menit: coba lagi nanti.";
}

/// What a refusal of the catalogue means, and what to do.
pub(in crate::simulator::counter) fn of_case(case: Case) -> (Verdict, Verdict) {
    match case {
        Case::Successful => (Verdict::Accepted, Verdict::OtherCodeNext),
        Case::BadRequest => (Verdict::BadRequest, Verdict::BadRequestNext),
        Case::InvalidFieldFormat | Case::InvalidMandatoryField => (Verdict::BadField, Verdict::BadFieldNext),
        Case::Unauthorized => (Verdict::Unauthorized, Verdict::UnauthorizedNext),
        Case::InvalidToken => (Verdict::BadToken, Verdict::BadTokenNext),
        Case::FeatureNotAllowed => (Verdict::WrongSource, Verdict::WrongSourceNext),
        Case::TransactionNotFound => (Verdict::UnknownPath, Verdict::UnknownPathNext),
        Case::InvalidBill => (Verdict::UnknownNumber, Verdict::UnknownNumberNext),
        Case::InvalidAmount => (Verdict::WrongAmount, Verdict::WrongAmountNext),
        Case::PaidBill => (Verdict::PaidAlready, Verdict::PaidAlreadyNext),
        Case::InconsistentRequest => (Verdict::Inconsistent, Verdict::InconsistentNext),
        Case::ExpiredBill => (Verdict::Expired, Verdict::ExpiredNext),
        Case::UnsupportedFunction => (Verdict::WrongVerb, Verdict::WrongVerbNext),
        Case::Conflict => (Verdict::Conflict, Verdict::ConflictNext),
        Case::PayloadTooLarge => (Verdict::TooLarge, Verdict::TooLargeNext),
        Case::TooManyRequests => (Verdict::Busy, Verdict::BusyNext),
        Case::GeneralError | Case::ServiceUnavailable => (Verdict::Failed, Verdict::FailedNext),
        Case::Timeout => (Verdict::Slow, Verdict::SlowNext),
    }
}

/// Why there was no answer, and what to do.
pub(in crate::simulator::counter) fn of_trouble(trouble: Trouble) -> (Verdict, Verdict) {
    match trouble {
        Trouble::Refused => (Verdict::Refused, Verdict::RefusedNext),
        Trouble::Unreachable => (Verdict::Unreachable, Verdict::UnreachableNext),
        Trouble::UnknownHost => (Verdict::UnknownHost, Verdict::UnknownHostNext),
        Trouble::Tls => (Verdict::Tls, Verdict::TlsNext),
        Trouble::Hang => (Verdict::Hang, Verdict::HangNext),
        Trouble::Endless => (Verdict::Endless, Verdict::EndlessNext),
        Trouble::Closed => (Verdict::Closed, Verdict::ClosedNext),
        Trouble::NotHttp => (Verdict::NotHttp, Verdict::NotHttpNext),
        Trouble::Dropped => (Verdict::Dropped, Verdict::DroppedNext),
        Trouble::RealNicepay => (Verdict::RealNicepay, Verdict::RealNicepayNext),
        Trouble::NoUrl => (Verdict::NoUrl, Verdict::NoUrlNext),
    }
}
