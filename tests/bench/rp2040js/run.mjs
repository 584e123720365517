// Runs a flash image on rp2040js with a display that acknowledges everything and a key matrix; prints one JSON object.
//
//   node run.mjs FLASH BOOTROM PLAN
//
// FLASH and BOOTROM are files of raw bytes. PLAN is JSON: {"until": ms, "i2c": controller, "rows": [GPIO…],
// "columns": [GPIO…], "moves": [[ms, row, column, down], …]}, times in emulated milliseconds.

import { readFileSync } from 'node:fs';
import { argv, hrtime } from 'node:process';
import { Simulator } from 'rp2040js';

const CYCLE_NANOS = 1e9 / 125e6;
const LOW = 0;  // GPIOPinState: driven low

const plan = JSON.parse(argv[4]);
const simulator = new Simulator();
const { rp2040: mcu, clock } = simulator;
mcu.logger = { debug() {}, info() {}, warn() {}, error() {} };
mcu.loadBootrom(new Uint32Array(new Uint8Array(readFileSync(argv[3])).buffer));
mcu.flash.set(readFileSync(argv[2]));

const bus = mcu.i2c[plan.i2c];
const transactions = [];
let bytes = [];
bus.onConnect = () => bus.completeConnect(true);
bus.onWriteByte = (byte) => { bytes.push(byte); bus.completeWrite(true); };
bus.onStop = () => {
  if (bytes.length) transactions.push(Buffer.from(bytes).toString('hex'));
  bytes = [];
  bus.completeStop();
};

const pressed = new Set();
function settle() {
  plan.columns.forEach((gpio, column) => {
    const low = plan.rows.some((row, index) => pressed.has(`${index} ${column}`) && mcu.gpio[row].value === LOW);
    mcu.gpio[gpio].setInputValue(!low);
  });
}
plan.rows.forEach((gpio) => mcu.gpio[gpio].addListener(settle));
settle();
for (const [ms, row, column, down] of plan.moves) {
  const key = `${row} ${column}`;
  clock.createAlarm(() => { down ? pressed.add(key) : pressed.delete(key); settle(); }).schedule(ms * 1e6);
}

let stopped = false;
clock.createAlarm(() => { stopped = true; }).schedule(plan.until * 1e6);
mcu.core.PC = 0x10000000;
const begun = hrtime.bigint();
while (!stopped) {
  // Simulator.execute() without the pauses that it makes for a browser's sake.
  if (mcu.core.waiting) clock.tick(clock.nanosToNextAlarm);
  else clock.tick(mcu.core.executeInstruction() * CYCLE_NANOS);
}
const seconds = Number(hrtime.bigint() - begun) / 1e9;
console.log(JSON.stringify({ cycles: mcu.core.cycles, seconds, transactions }));
