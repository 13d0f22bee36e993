// An answer of type application/problem+json; status 0 where no answer came at all.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly hint: string,
    readonly at: string,
    // Of the detail, for other languages; empty where the problem is the console's own.
    readonly code = "",
    readonly values: string[] = [],
  ) {
    super(detail || title);
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export async function problemOf(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await response.json();
    if (typeof parsed === "object" && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // A proxy may answer with HTML; the status then says all.
  }
  return new Problem(
    response.status,
    text(body.title) || response.statusText,
    text(body.detail),
    text(body.hint),
    text(body.at),
    text(body.code),
    Array.isArray(body.values) ? body.values.map(text) : [],
  );
}
