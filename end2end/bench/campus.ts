import type { IncomingMessage, ServerResponse } from 'node:http';
import { lmsAddress, type Ports } from '../stage/ltt';
import { TestPlatform } from '../stage/platform';

const ROSTER = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const SCOPE = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';
const ROLE = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';

/** Who teaches there; everybody else learns. */
export const TEACHER = 'teacher';

/** A platform with one large course, whose roster it tells page by page. It sees to no token: it is not what is measured. */
export class Campus extends TestPlatform {
  /** Who learns in the course. */
  learners: string[] = [];
  /** Which project its activity names. */
  project = '';

  static override async start(ports: Ports): Promise<Campus> {
    return new Campus(...(await TestPlatform.listening(ports)));
  }

  protected override claims(user: string, nonce: string, number: string): object {
    return {
      ...super.claims(user, nonce, number),
      [`${CLAIM}roles`]: [`${ROLE}${user === TEACHER ? 'Instructor' : 'Learner'}`],
      [`${CLAIM}custom`]: { project: this.project },
      [ROSTER]: { context_memberships_url: `${lmsAddress(this.ports)}/members`, service_versions: ['2.0'] },
    };
  }

  protected override async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', lmsAddress(this.ports));
    const json = (value: object, more: Record<string, string> = {}) =>
      void response.writeHead(200, { 'content-type': 'application/json', ...more }).end(JSON.stringify(value));
    switch (pathname) {
      case '/token':
        request.resume();
        return json({ access_token: 'open', token_type: 'Bearer', expires_in: 3600, scope: SCOPE });
      case '/members': {
        const [from, limit] = [Number(searchParams.get('from') ?? 0), Number(searchParams.get('limit') ?? 100)];
        const members = this.learners.slice(from, from + limit).map((user_id) => ({
          user_id,
          name: `Learner ${user_id}`,
          email: `${user_id}@university.example`,
          status: 'Active',
          roles: ['Learner'],
        }));
        const next = `<${lmsAddress(this.ports)}/members?from=${from + limit}&limit=${limit}>; rel="next"`;
        return json(
          { id: `${lmsAddress(this.ports)}/members`, context: { id: 'course-1' }, members },
          { 'content-type': 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json', ...(from + limit < this.learners.length && { link: next }) },
        );
      }
      default:
        return super.answer(request, response);
    }
  }
}
