// nico asks here what is to be paid for a number. The contract is openapi/orders.yaml. To try it:
//   NICO_SECRET_FILE=orders.secret PORT=8001 node orders.mjs

import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const TOLERANCE = 300; // seconds by which the clocks may differ
const MAX_BODY = 65536;

// The bytes behind "whsec_" in the file that nico reads too. Without them anybody could ask, so it does not start.
const text = readFileSync(process.env.NICO_SECRET_FILE, 'utf8').trim();
const secret = Buffer.from(text.slice('whsec_'.length), 'base64');
if (!text.startsWith('whsec_') || secret.length < 24) throw new Error('NICO_SECRET_FILE must hold whsec_ and base64');

const john = { payNoName: 'John Test', payNoPhone: '087771122333', payNoEmail: 'jhon@test.com' };
const orders = new Map([
  ['701589101110', { ...john, partnerReferenceNo: 'abcdefgh1234', goodsName: 'Pembelian John Test',
    amount: '10000.00', expiresAt: '2030-01-31T12:00:00+07:00', status: 'unpaid' }],
  ['701589101111', { ...john, partnerReferenceNo: 'abcdefgh1235', goodsName: 'Buku', mitraCd: 'ALMA',
    amount: '25000.00', expiresAt: '2030-01-31T12:00:00+07:00', status: 'paid' }],
]);

// The order behind a number, or null: put your own query here.
async function findOrder(payNo) {
  return orders.has(payNo) ? { payNo, ...orders.get(payNo) } : null;
}

// Whether nico sent this body, and just now.
function isFromNico(headers, body) {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': sent = '' } = headers;
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - timestamp) > TOLERANCE) return false;
  const signed = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const due = Buffer.from(`v1,${signed}`);
  const isDue = (one) => one.length === due.length && timingSafeEqual(one, due);
  return sent.split(' ').some((one) => isDue(Buffer.from(one)));
}

createServer(async (request, response) => {
  const answer = (status, body = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  try {
    const chunks = []; // as it was sent: parsed and written anew, it is another text
    for await (const chunk of request) {
      chunks.push(chunk);
      if (chunks.reduce((sum, one) => sum + one.length, 0) > MAX_BODY) return request.destroy();
    }
    const body = Buffer.concat(chunks);
    if (!isFromNico(request.headers, body)) return answer(401);
    const order = await findOrder(JSON.parse(body).payNo);
    return order === null ? answer(404) : answer(200, order);
  } catch (error) {
    console.error(error);
    return answer(500);
  }
}).listen(Number(process.env.PORT ?? 8001), '127.0.0.1');
