<?php
// nico asks here what is to be paid for a number. The contract is openapi/orders.yaml. To try it:
//   NICO_SECRET_FILE=orders.secret php -S 127.0.0.1:8001 orders.php

declare(strict_types=1);

const TOLERANCE = 300; // seconds by which the clocks may differ

/** The order behind a number, or null: put your own query here. */
function find_order(string $payNo): ?array
{
    $john = ['payNoName' => 'John Test', 'payNoPhone' => '087771122333', 'payNoEmail' => 'jhon@test.com'];
    $orders = [
        '701589101110' => ['partnerReferenceNo' => 'abcdefgh1234', 'goodsName' => 'Pembelian John Test',
            'amount' => '10000.00', 'expiresAt' => '2030-01-31T12:00:00+07:00', 'status' => 'unpaid'] + $john,
        '701589101111' => ['partnerReferenceNo' => 'abcdefgh1235', 'goodsName' => 'Buku', 'mitraCd' => 'ALMA',
            'amount' => '25000.00', 'expiresAt' => '2030-01-31T12:00:00+07:00', 'status' => 'paid'] + $john,
    ];
    return isset($orders[$payNo]) ? ['payNo' => $payNo] + $orders[$payNo] : null;
}

/** The bytes behind "whsec_" in the file that nico reads too. */
function secret(): string
{
    $file = (string) getenv('NICO_SECRET_FILE');
    $text = is_readable($file) ? trim((string) file_get_contents($file)) : '';
    $bytes = str_starts_with($text, 'whsec_') ? base64_decode(substr($text, 6), true) : false;
    if ($bytes === false || strlen($bytes) < 24) {
        answer(500); // fail closed: without a secret anybody could ask
    }
    return $bytes;
}

/** Whether nico sent this body, and just now. */
function is_from_nico(string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE) {
        return false;
    }
    $due = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", secret(), true));
    $sent = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');
    return array_filter($sent, fn ($signature) => hash_equals($due, $signature)) !== [];
}

function answer(int $status, array $body = []): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode((object) $body, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR));
}

$body = (string) file_get_contents('php://input'); // as it was sent: parsed and written anew, it is another text
if (!is_from_nico($body)) {
    answer(401);
}
$order = find_order((string) (json_decode($body, true)['payNo'] ?? ''));
$order === null ? answer(404) : answer(200, $order);
