import { get } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { lttAddress, type Ports } from '../stage/ltt';
import { launch } from './launch';
import { type Row } from './table';

/** What the first load of the tutor's view takes from the network, in brotli. */
export async function firstPage(ports: Ports): Promise<Row[]> {
  const { html } = await launch(ports, 'mira');
  const addresses = [...new Set(html.match(/\/assets\/[\w.-]+/g) ?? [])];
  const assets = await Promise.all(addresses.map((address) => received(`${lttAddress(ports)}${address}`)));
  const sizes = [brotliCompressSync(html).length, ...assets];
  const names = ['the document', ...addresses];
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return [...names.map((name, i): Row => [name, bytes(sizes[i]!)]), ['everything', bytes(total)]];
}

/** The bytes of a body as they pass the wire; `fetch` would unpack them. */
function received(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { 'accept-encoding': 'br' } }, (response) => {
      let length = 0;
      response.on('data', (chunk: Buffer) => (length += chunk.length));
      response.on('end', () => (response.statusCode === 200 ? resolve(length) : reject(new Error(`${address}: ${response.statusCode}`))));
    });
    request.on('error', reject);
  });
}

function bytes(count: number): string {
  return `${(count / 1024).toFixed(1)} KB`;
}
