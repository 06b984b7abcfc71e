<?php
// A shop that sells one book through nico: openapi/merchant.yaml is the contract, docs/flow.md the flow. To try it:
//   NICO_API_KEY_FILE=keys/api.key NICO_EVENTS_SECRET_FILE=keys/events.key php -d display_errors=0 -S 127.0.0.1:8001 shop.php
session_id('shop'); // a session that all share stands in for your database, and for a transaction in it
session_start(['use_cookies' => 0, 'save_path' => getenv('ORDERS_FOLDER') ?: '.']);
function answer(int $status, array $order = [], string $page = ''): never {
    header($page === '' ? 'Content-Type: application/json' : "Location: $page", true, $status);
    exit(json_encode((object) array_diff_key($order, ['sent' => 1]))); // who buys is nobody's business
}
function register(string $reference, array $sent): array { // the same order again is not another
    session_write_close(); // the order is kept before nico hears of it
    $header = "Content-Type: application/json\r\nAuthorization: Bearer " . trim(file_get_contents(getenv('NICO_API_KEY_FILE')));
    $post = ['method' => 'POST', 'header' => $header, 'content' => json_encode($sent), 'timeout' => 25];
    $url = (getenv('NICO_URL') ?: 'http://127.0.0.1:8082') . '/merchant/v1/registrations';
    $told = json_decode(file_get_contents($url, false, stream_context_create(['http' => $post])) ?: '{}', true);
    session_start(['use_cookies' => 0]);
    $told = array_intersect_key($told, ['payNo' => 1, 'paymentUrl' => 1]); // the state comes by event, perhaps sooner
    return $_SESSION['orders'][$reference] = $told + $_SESSION['orders'][$reference];
}
$asked = $_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($asked === 'POST /nico-events') {
    $body = file_get_contents('php://input'); // as it was sent: parsed and written anew, it is another text
    [$id, $time, $sent] = array_map(fn ($of) => $_SERVER["HTTP_WEBHOOK_$of"] ?? '', ['ID', 'TIMESTAMP', 'SIGNATURE']);
    strlen($key = base64_decode(substr(file_get_contents(getenv('NICO_EVENTS_SECRET_FILE')), 6))) >= 24 || answer(500);
    $due = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    ctype_digit($time) && abs(time() - (int) $time) <= 300 || answer(401); // seconds by which the clocks may differ
    array_filter(explode(' ', $sent), fn ($signature) => hash_equals($due, $signature)) || answer(401);
    $reference = ($data = json_decode($body, true)['data'])['referenceNo'] ?? $data['partnerReferenceNo'];
    isset($_SESSION['orders'][$reference]) || answer(404); // nico keeps it, and tells it again
    // Told again, it must not undo what came since. What happens once, such as sending the book, happens here.
    isset($_SESSION['events'][$id]) || $_SESSION['orders'][$reference]['state'] = $data['state'] ?? 'paid';
    answer(200, $_SESSION['events'][$id] = []);
}
$reference = ($buys = $asked === 'POST /buy') ? 'INV-' . bin2hex(random_bytes(8)) : $_GET['referenceNo'] ?? basename($asked);
$sent = ['referenceNo' => $reference, 'product' => $_GET['product'] ?? 'v1', 'userIP' => $_SERVER['REMOTE_ADDR']];
$sent += json_decode(file_get_contents(__DIR__ . '/book.json'), true);
$buys && $_SESSION['orders'][$reference] = ['referenceNo' => $reference, 'state' => 'new', 'sent' => $sent];
$order = $_SESSION['orders'][$reference] ?? answer(404);
$order = isset($order['payNo']) ? $order : register($reference, $order['sent']); // also where there was no answer in time
answer($buys && isset($order['paymentUrl']) ? 303 : 200, $order, $buys ? $order['paymentUrl'] ?? '' : '');
