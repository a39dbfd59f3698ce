/** Whether the cookie that came with this very page is sent back. The server tells, for no script can see it. */
export async function cookiesAreKept(): Promise<boolean> {
  const response = await fetch("/lti/login/cookie", { cache: "no-store" });
  const { kept } = (await response.json()) as { kept: boolean };
  return kept;
}
