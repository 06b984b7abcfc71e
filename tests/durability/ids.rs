//! An X-EXTERNAL-ID is used once, whatever happens to the process.

use crate::process::{Folder, free_port};
use crate::{alone, ask, pay_no};

#[test]
fn a_used_id_is_remembered_through_a_restart_and_a_kill() {
    let _alone = alone();
    let (folder, port) = (Folder::with_bills(1), free_port());
    let server = folder.serve_on(port, &[], &[]);
    let nicepay = folder.nicepay(&server);
    // The very bytes of a request, as whoever captured them would send them again.
    let (first, second, third) =
        (nicepay.inquiry("E-1", &pay_no(0)), nicepay.inquiry("E-2", &pay_no(0)), nicepay.inquiry("E-3", &pay_no(0)));
    assert_eq!(ask(&server, &first).code(), "2000000");
    assert_eq!(ask(&server, &first).code(), "4090000");
    assert_eq!(server.stop(), Some(0));

    let server = folder.serve_on(port, &[], &[]);
    assert_eq!(ask(&server, &first).code(), "4090000", "after SIGTERM");
    assert_eq!(ask(&server, &second).code(), "2000000");
    server.kill();

    let server = folder.serve_on(port, &[], &[]);
    assert_eq!(ask(&server, &second).code(), "4090000", "answered, then killed at once");
    assert_eq!(ask(&server, &first).code(), "4090000", "after SIGTERM and kill -9");
    assert_eq!(ask(&server, &third).code(), "2000000", "an id that nobody used");
}

/// Neither a stranger nor a typo burns an id, and the memory of a kill is no excuse to.
#[test]
fn a_refused_request_leaves_its_id_free_through_a_kill() {
    let _alone = alone();
    let (folder, port) = (Folder::with_bills(1), free_port());
    let server = folder.serve_on(port, &[], &[]);
    let nicepay = folder.nicepay(&server);
    let good = nicepay.inquiry("E-1", &pay_no(0));
    for (bad, code) in [
        (good.replace("Bearer ey", "Bearer ye"), "4010001"),
        (good.replace("X-SIGNATURE: ", "X-SIGNATURE: AAAA"), "4010000"),
        (good.replace("X-PARTNER-ID: IONPAYTEST", "X-PARTNER-ID: STRANGER"), "4010000"),
        (good.replace(r#""mitraCd""#, r#""mitraXX""#), "4000002"),
    ] {
        assert_eq!(ask(&server, &bad).code(), code, "{bad}");
    }
    server.kill();
    let server = folder.serve_on(port, &[], &[]);
    assert_eq!(ask(&server, &good).code(), "2000000");
}
