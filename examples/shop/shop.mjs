// A shop that sells one book through nico. The contract is openapi/merchant.yaml, the flow docs/flow.md. To try it:
//   NICO_API_KEY_FILE=keys/api.key NICO_EVENTS_SECRET_FILE=keys/events.key PORT=8001 node shop.mjs
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const env = { NICO_URL: 'http://127.0.0.1:8082', ORDERS_FILE: 'orders.json', PORT: '8001', ...process.env };
const read = (file) => readFileSync(file, 'utf8').trim();
const secret = Buffer.from(read(env.NICO_EVENTS_SECRET_FILE).slice('whsec_'.length), 'base64');
if (secret.length < 24) throw new Error('without the secret anybody could be nico');
const book = { amt: '25000', goodsNm: 'Buku', description: 'Buku', billingNm: 'Siti Aisyah', mitraCd: 'ALMA',
  billingPhone: '081234567890', billingEmail: 'siti@example.com', billingCity: 'Jakarta', billingState: 'DKI Jakarta',
  billingPostCd: '12345', billingCountry: 'Indonesia' };
function change(how) { // orders and events are changed together: in your database, a transaction
  const known = existsSync(env.ORDERS_FILE) ? JSON.parse(read(env.ORDERS_FILE)) : { orders: {}, events: {} };
  const result = how(known.orders, known.events);
  writeFileSync(env.ORDERS_FILE, JSON.stringify(known));
  return result;
}
async function register(reference, { sent }) { // the same order again is not another
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${read(env.NICO_API_KEY_FILE)}` };
  const post = { method: 'POST', headers, body: JSON.stringify(sent), signal: AbortSignal.timeout(25_000) };
  const answer = await fetch(`${env.NICO_URL}/merchant/v1/registrations`, post).catch(console.error);
  const { payNo, paymentUrl } = answer?.ok ? await answer.json() : {}; // the state comes by event, perhaps sooner
  return change((orders) => Object.assign(orders[reference], { payNo, paymentUrl }));
}
function isFromNico(body, { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sent = '' }) {
  const due = Buffer.from('v1,' + createHmac('sha256', secret).update(`${id}.${time}.`).update(body).digest('base64'));
  const isDue = (one) => one.length === due.length && timingSafeEqual(Buffer.from(one, 'latin1'), due);
  const isNow = /^\d+$/.test(time) && Math.abs(Date.now() / 1000 - time) <= 300; // seconds
  return isNow && sent.split(' ').some(isDue);
}
const hear = (id, { type, data }) => change((orders, events) => {
  const order = orders[data.referenceNo ?? data.partnerReferenceNo]; // the other: a number of the shop's own
  // What was told before must not undo what came since. What happens once, such as sending the book, happens here.
  if (order && !events[id]) [order.state, events[id]] = [data.state ?? 'paid', type];
  return order ? 200 : 404; // 404: nico keeps it, and tells it again
});
async function serve(request, response) {
  const answer = (status, order = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(order));
  const { pathname, searchParams } = new URL(request.url, 'http://shop');
  if (request.method === 'POST' && pathname === '/nico-events') {
    const body = Buffer.concat(await request.toArray()); // as it was sent: parsed and written anew, it is another text
    return answer(isFromNico(body, request.headers) ? hear(request.headers['webhook-id'], JSON.parse(body)) : 401);
  }
  let reference = searchParams.get('referenceNo') ?? pathname.split('/').at(-1); // back from NICEPAY: in the query
  if (request.method === 'POST' && pathname === '/buy') { // the order is kept before nico hears of it
    reference = `INV-${randomBytes(8).toString('hex')}`; // nobody guesses another's
    const sent = { ...book, product: searchParams.get('product') ?? 'v1', userIP: request.socket.remoteAddress };
    change((orders) => { orders[reference] = { state: 'new', sent: { referenceNo: reference, ...sent } }; });
  }
  const order = change((orders) => Object.hasOwn(orders, reference) && orders[reference]);
  if (!order) return answer(404);
  const { state, payNo, paymentUrl } = order.payNo ? order : await register(reference, order); // if it is not known yet
  if (pathname === '/buy' && paymentUrl) response.setHeader('Location', paymentUrl); // where a store is chosen
  return answer(response.hasHeader('Location') ? 303 : 200, { referenceNo: reference, state, payNo, paymentUrl });
}
createServer((request, response) => {
  serve(request, response).catch((error) => response.writeHead(500).end(console.error(error)));
}).listen(Number(env.PORT), '127.0.0.1');
