// npm's node-nicepay registers a convenience-store number at the gateway at the address given, and reads the answers.
//
// Usage: node register.cjs URL   (with node-nicepay where NODE_PATH points)

const Nicepay = require('node-nicepay')

const MERCHANT_KEY = '33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A=='
const url = process.argv[2]
const run = `${Date.now()}`
let passed = 0
let failed = 0

function check(what, holds, seen) {
  console.log(`node-nicepay: ${holds ? '' : 'NOT SO: '}${what}${holds ? '' : ` (${JSON.stringify(seen)})`}`)
  if (holds) passed += 1
  else failed += 1
}

// Fourteen digits of Jakarta's time.
function stamp(hoursAhead = 0) {
  const jakarta = new Date(Date.now() + (7 + hoursAhead) * 3600e3)
  return jakarta.toISOString().replace(/\D/g, '').slice(0, 14)
}

function setup(about, merchantKey = MERCHANT_KEY) {
  const options = { timeStamp: stamp(), iMid: 'IONPAYTEST', amt: '10000', merchantKey, url }
  return new Nicepay().setup({ ...options, ...about })
}

function order() {
  const expiry = stamp(24)
  return {
    payMethod: '03',
    currency: 'IDR',
    goodsNm: 'Buku tulis',
    billingNm: 'Siti Aisyah',
    billingPhone: '081234567890',
    billingEmail: 'siti@example.com',
    // The README's own values.
    billingCity: '-',
    billingState: '-',
    billingPostCd: '-',
    billingCountry: 'Indonesia',
    dbProcessUrl: 'https://shop.example/notified',
    userIP: '127.0.0.1',
    mitraCd: 'ALMA',
    payValidDt: expiry.slice(0, 8),
    payValidTm: expiry.slice(8),
  }
}

async function main() {
  const referenceNo = `node-${run}`
  const answer = await setup({ referenceNo }).CVS(order())
  const { data } = answer
  check('a number is registered', data.resultCd === '0000' && data.resultMsg === 'SUCCESS', data)
  check('the number is twelve digits of text', /^\d{12}$/.test(data.payNo), data.payNo)
  check('the tXid has thirty characters, the iMid first', /^IONPAYTEST03\d{18}$/.test(data.tXid), data.tXid)
  check('what it registered comes back', data.referenceNo === referenceNo && data.amt === '10000', data)
  check('what NICEPAY leaves empty is null', data.bankCd === null && data.vacctNo === null, data)
  check('the answer says that it is not NICEPAY', /not NICEPAY/.test(answer.headers['x-simulator']), answer.headers)

  const status = (await setup({ referenceNo }).inquiry({ tXid: data.tXid })).data
  check('its status is unpaid', status.resultCd === '0000' && status.status === '3', status)
  check('with the same number', status.payNo === data.payNo, status.payNo)

  const again = (await setup({ referenceNo }).CVS(order())).data
  check('the same referenceNo is refused with 9009', again.resultCd === '9009', again)
  const forged = (await setup({ referenceNo: `${referenceNo}-f` }, 'another key').CVS(order())).data
  check('another key is refused with 9010', forged.resultCd === '9010', forged)
  const number = (await setup({ referenceNo: `${referenceNo}-n`, amt: 10000 }).CVS(order())).data
  check('amt may be a number, as in its README', number.resultCd === '0000', number)

  const cancel = (await setup({ tXid: data.tXid }).cancel({ payMethod: '03', cancelType: '1' })).data
  check('an unpaid number is cancelled', cancel.resultCd === '0000' && cancel.tXid === data.tXid, cancel)
  const after = (await setup({ referenceNo }).inquiry({ tXid: data.tXid })).data
  check('and can no longer be paid', after.status === '4', after)
}

main()
  .catch((error) => check('its calls are answered', false, `${error}`))
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed`)
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0
  })
