<?php
// A shop that sells one book through nico. The contract is openapi/merchant.yaml, the flow docs/flow.md. To try it:
//   NICO_API_KEY_FILE=keys/api.key NICO_EVENTS_SECRET_FILE=keys/events.key php -S 127.0.0.1:8001 shop.php
ini_set('display_errors', '0'); // they are logged: what fails is answered 500, and nico tells it again
const BOOK = ['amt' => '25000', 'goodsNm' => 'Buku', 'description' => 'Buku', 'billingNm' => 'Siti Aisyah',
    'billingPhone' => '081234567890', 'billingEmail' => 'siti@example.com', 'billingCity' => 'Jakarta',
    'billingState' => 'DKI Jakarta', 'billingPostCd' => '12345', 'billingCountry' => 'Indonesia', 'mitraCd' => 'ALMA'];
function change(callable $how) { // orders and events are changed together: in your database, a transaction
    flock($file = fopen(getenv('ORDERS_FILE') ?: 'orders.json', 'c+'), LOCK_EX);
    $known = json_decode(stream_get_contents($file), true) ?? ['orders' => [], 'events' => []];
    $result = $how($known['orders'], $known['events']);
    ftruncate($file, 0) && rewind($file) && fwrite($file, json_encode($known));
    return $result;
}
function register(string $reference, array $order): array { // the same order again is not another
    $key = trim(file_get_contents(getenv('NICO_API_KEY_FILE')));
    $head = "Content-Type: application/json\r\nAuthorization: Bearer $key";
    $http = ['method' => 'POST', 'header' => $head, 'content' => json_encode($order['sent']), 'timeout' => 25];
    $url = (getenv('NICO_URL') ?: 'http://127.0.0.1:8082') . '/merchant/v1/registrations';
    $told = json_decode(file_get_contents($url, false, stream_context_create(['http' => $http])) ?: '{}', true);
    $told = array_intersect_key($told, ['payNo' => 1, 'paymentUrl' => 1]); // the state comes by event, perhaps sooner
    return change(fn (array &$orders) => $orders[$reference] = $told + $orders[$reference]);
}
function is_from_nico(string $body, string $id, string $time, string $signatures): bool {
    $key = base64_decode(substr(trim(file_get_contents(getenv('NICO_EVENTS_SECRET_FILE'))), strlen('whsec_')));
    $due = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    $is_now = ctype_digit($time) && abs(time() - (int) $time) <= 300; // seconds by which the clocks may differ
    strlen($key) >= 24 || answer(500); // without the secret anybody could be nico
    return $is_now && array_filter(explode(' ', $signatures), fn ($signature) => hash_equals($due, $signature));
}
function answer(int $status, array $order = [], string $page = ''): never {
    header($page === '' ? 'Content-Type: application/json' : "Location: $page", true, $status);
    exit(json_encode((object) array_diff_key($order, ['sent' => 1]))); // who buys is nobody's business
}
$asked = $_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($asked === 'POST /nico-events') {
    $body = file_get_contents('php://input'); // as it was sent: parsed and written anew, it is another text
    [$id, $time, $sent] = array_map(fn ($of) => $_SERVER["HTTP_WEBHOOK_$of"] ?? '', ['ID', 'TIMESTAMP', 'SIGNATURE']);
    is_from_nico($body, $id, $time, $sent) || answer(401);
    ['type' => $type, 'data' => $data] = json_decode($body, true);
    $reference = $data['referenceNo'] ?? $data['partnerReferenceNo']; // that of a number of the shop's own (NICO)
    change(function (array &$orders, array &$events) use ($id, $type, $data, $reference) {
        isset($orders[$reference]) || answer(404); // nico keeps it, and tells it again
        isset($events[$id]) && answer(200); // told before: it must not undo what came after it
        $orders[$reference]['state'] = $data['state'] ?? 'paid';
        $events[$id] = $type; // what happens once, such as sending the book, happens here
    });
    answer(200);
}
$reference = $_GET['referenceNo'] ?? basename($asked); // a browser back from NICEPAY's page has it in its query
if ($asked === 'POST /buy') { // the order is kept before nico hears of it; nobody guesses another's reference
    $reference = 'INV-' . bin2hex(random_bytes(8));
    $sent = ['referenceNo' => $reference, 'product' => $_GET['product'] ?? 'v1', 'userIP' => $_SERVER['REMOTE_ADDR']];
    $order = ['referenceNo' => $reference, 'state' => 'new', 'sent' => $sent + BOOK];
    change(fn (array &$orders) => $orders[$reference] = $order);
}
$order = change(fn (array $orders) => $orders[$reference] ?? answer(404));
$order = isset($order['payNo']) ? $order : register($reference, $order); // also where the number was not known in time
$page = $asked === 'POST /buy' ? $order['paymentUrl'] ?? '' : ''; // where a store is chosen
answer($page === '' ? 200 : 303, $order, $page);
