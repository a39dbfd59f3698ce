import { lttAddress, type Ports } from '../stage/ltt';
import { type ScriptedModel } from '../stage/model';
import { launch } from './launch';
import { quantile, type Row } from './table';

const TURNS = 20;

/** What LTT adds to the time to the first token: until the model is asked, and from its first word to the learner's. */
export async function firstToken(ports: Ports, model: ScriptedModel): Promise<Row[]> {
  const { token } = await launch(ports, 'jonas');
  const [asking, showing]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [until, after] = await turnTaken(ports, token, model);
    asking.push(until);
    showing.push(after);
  }
  const added = asking.map((time, i) => time + showing[i]!);
  return [
    ['until the model is asked, median', `${quantile(asking, 0.5).toFixed(0)} ms`],
    ['from its first sentence to the page, median', `${quantile(showing, 0.5).toFixed(0)} ms`],
    ['added to the first token, median', `${quantile(added, 0.5).toFixed(0)} ms`],
    ['added to the first token, 95 of 100', `${quantile(added, 0.95).toFixed(0)} ms`],
  ];
}

async function turnTaken(ports: Ports, token: string, model: ScriptedModel): Promise<[number, number]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ message: 'Where do I begin?' });
  const sent = performance.now();
  const answer = fetch(`${lttAddress(ports)}/api/turns`, { method: 'POST', headers, body });
  const reply = await model.asked();
  const asked = performance.now();
  const begun = await answer;
  if (begun.status !== 201) throw new Error(`POST /api/turns answers ${begun.status}: ${await begun.text()}`);
  const { turn } = (await begun.json()) as { turn: string };
  const events = await fetch(`${lttAddress(ports)}/api/turns/${turn}/events`, { headers });
  if (!events.body) throw new Error('a turn has no events');
  const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  const said = performance.now();
  reply.say('Begin with the first row. ');
  await read(reader, 'event: delta');
  const shown = performance.now();
  reply.say('Then tell me what you see.');
  reply.end();
  await read(reader, 'event: done');
  await reader.cancel();
  return [asked - sent, shown - said];
}

/** Reads on until some text has come. */
async function read(reader: ReadableStreamDefaultReader<string>, wanted: string): Promise<void> {
  for (let text = ''; !text.includes(wanted); ) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the turn ended before “${wanted}”: ${text}`);
    text += value;
  }
}
