import type { Locator, Page } from '@playwright/test';
import type { Registration } from '../stage/ltt';

/** LTT's own pages in a plain browser. */
export class Administration {
  constructor(readonly page: Page, private readonly address: string) {}

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.address}${path}`);
  }

  /** Comes by a one-time link, and chooses a password. */
  async arrive(link: string, password: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByLabel('New password').fill(password);
    await this.page.getByRole('button', { name: 'Save password' }).click();
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.open('/sign-in');
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  get notice(): Locator {
    return this.page.getByRole('status').first();
  }

  /** A step of the first ones, with the word that says whether it is done. */
  step(name: string): Locator {
    return this.page.getByRole('heading', { name, level: 2 });
  }

  /** Adds a platform whose addresses all stand below one. */
  async add(name: string, issuer: string, clientId: string): Promise<void> {
    await this.open('/admin/platforms/new?family=other');
    const values = { Name: name, Issuer: issuer, 'Client id': clientId };
    const addresses = { 'Authorization address': 'auth', 'Token address': 'token', 'Key set address': 'keys' };
    for (const [label, value] of Object.entries(values)) await this.page.getByLabel(label, { exact: true }).fill(value);
    for (const [label, path] of Object.entries(addresses)) await this.page.getByLabel(label, { exact: true }).fill(`${issuer}/${path}`);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
  }

  /** Pastes what Studio shows of blocks, and adds them. */
  async paste(blocks: Registration[], name: string): Promise<void> {
    await this.open('/admin/platforms/passports');
    await this.page.getByLabel('Values of the blocks').fill(blocks.map(asStudioShows).join('\n'));
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByRole('button', { name: 'Read' }).click();
    await this.page.getByRole('button', { name: /^Add \d+ registration/ }).click();
  }
}

function asStudioShows({ client_id, deployment_id, jwks_url, token_url, auth_url }: Registration): string {
  return [
    `Client: ${client_id}`,
    `Deployment ID: ${deployment_id}`,
    `Keyset URL: ${jwks_url}`,
    `OAuth Token URL: ${token_url}`,
    `OIDC Callback URL: ${auth_url}`,
  ].join('\n\n');
}
