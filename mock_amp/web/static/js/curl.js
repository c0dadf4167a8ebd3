// A request as a command for a shell.

export { isCut } from "./format.js";

/** A text as one word of a shell. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A request of the journal as curl. That keeps the end of a token alone; the account knows the whole one, unless it is
 * another's.
 */
export async function asCurl(page, it) {
  const { items } = await page.account.get("/tokens");
  const fits = items.filter((each) => it.token && each.token.endsWith(it.token.replace("…", "")));
  return curl(page.service, it, it.token && (fits.length === 1 ? fits[0].token : it.token));
}

/** curl for a {method, path, body}, by a token or none. What is special to curl or to a shell stays a text. */
export function curl(origin, { method, path, body }, token) {
  const headers = [token && `Authorization: Token ${token}`, body && "Content-Type: application/json; charset=utf-8"].filter(Boolean);
  return [`curl --globoff --path-as-is -X ${quoted(method)} ${quoted(origin + path)}`, ...headers.map((each) => `-H ${quoted(each)}`), body && `--data-raw ${quoted(body)}`]
    .filter(Boolean).join(" \\\n  ");
}
