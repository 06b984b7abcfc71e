// A shop that sells one book through nico: openapi/merchant.yaml is the contract, docs/flow.md the flow. To try it:
//   NICO_API_KEY_FILE=keys/api.key NICO_EVENTS_SECRET_FILE=keys/events.key PORT=8001 node shop.mjs
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { NICO_URL = 'http://127.0.0.1:8082', PORT = '8001', NICO_API_KEY_FILE, NICO_EVENTS_SECRET_FILE } = process.env;
const read = (file) => readFileSync(file, 'utf8').trim();
const secret = Buffer.from(read(NICO_EVENTS_SECRET_FILE).slice('whsec_'.length), 'base64');
if (secret.length < 24) throw new Error('without the secret anybody could be nico');
const book = JSON.parse(read(new URL('book.json', import.meta.url)));
const [orders, events] = [new Map(), new Set()]; // in your database, and changed there in one transaction
async function register(order) { // the same order again is not another
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${read(NICO_API_KEY_FILE)}` };
  const post = { method: 'POST', headers, body: JSON.stringify(order.sent), signal: AbortSignal.timeout(25_000) };
  const answer = await fetch(`${NICO_URL}/merchant/v1/registrations`, post).catch(console.error);
  const { payNo, paymentUrl } = answer?.ok ? await answer.json() : {}; // the state comes by event, perhaps sooner
  return Object.assign(order, { payNo, paymentUrl });
}
function hear({ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sent = '' }, body) {
  const due = Buffer.from('v1,' + createHmac('sha256', secret).update(`${id}.${time}.`).update(body).digest('base64'));
  const isDue = (one) => one.length === due.length && timingSafeEqual(Buffer.from(one, 'latin1'), due);
  if (!/^\d+$/.test(time) || Math.abs(Date.now() / 1000 - time) > 300 || !sent.split(' ').some(isDue)) return 401;
  const { data } = JSON.parse(body), order = orders.get(data.referenceNo ?? data.partnerReferenceNo); // or its own number's
  if (order && !events.has(id)) order.state = data.state ?? 'paid'; // told again, it must not undo what came since
  return order && events.add(id) ? 200 : 404; // 404: nico keeps it, and tells it again
}
async function serve(request, { pathname, searchParams: query }) {
  const body = Buffer.concat(await request.toArray()); // as it was sent: parsed and written anew, it is another text
  if (pathname === '/nico-events') return [hear(request.headers, body)];
  const isNew = request.method === 'POST' && pathname === '/buy', referenceNo = isNew // nobody guesses another's
    ? `INV-${randomBytes(8).toString('hex')}` : query.get('referenceNo') ?? pathname.split('/').at(-1);
  const sent = { ...book, referenceNo, product: query.get('product') ?? 'v1', userIP: request.socket.remoteAddress };
  if (isNew) orders.set(referenceNo, { state: 'new', sent }); // kept before nico hears of it
  const order = orders.get(referenceNo); // asked for again below, where its number is not known yet
  const { state, payNo, paymentUrl } = !order || order.payNo ? order ?? {} : await register(order);
  return [!order ? 404 : isNew && paymentUrl ? 303 : 200, { referenceNo, state, payNo, paymentUrl }, paymentUrl];
}
createServer((request, answer) => serve(request, new URL(request.url, 'http://shop')).catch(() => [500])
  .then(([status, said = {}, Location = '/']) => answer.writeHead(status, { Location }).end(JSON.stringify(said))))
  .listen(Number(PORT), '127.0.0.1');
