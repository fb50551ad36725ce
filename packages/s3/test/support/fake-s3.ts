import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An object of {@link FakeS3}. */
export interface FakeObject {
  readonly body: Uint8Array;
  readonly metadata: Record<string, string>;
  readonly contentType: string | undefined;
  readonly modified: Date;
}

/** What a request asks for: `PutObject`, `UploadPart` and so on. */
export interface FakeRequest {
  readonly operation: string;
  readonly key: string;
}

/** An answer instead of the right one. */
export interface FakeFault {
  readonly status: number;
  readonly code: string;
}

/** Enough of S3 for this package, over real HTTP: one bucket, no signatures, everything in memory. */
export interface FakeS3 {
  readonly endpoint: string;
  readonly objects: Map<string, FakeObject>;
  /** Multipart uploads under way, by identifier. */
  readonly uploads: Map<string, FakeUpload>;
  readonly requests: FakeRequest[];
  /** Keys and prefixes in one page of a listing. */
  pageSize: number;
  /** Looked at before each request is answered, after its body was read. */
  fault: ((request: FakeRequest) => FakeFault | undefined | Promise<FakeFault | undefined>) | undefined;
  close(): Promise<void>;
}

export const fakeBucket = "scpkit-test";

/** A multipart upload under way. */
export interface FakeUpload {
  readonly key: string;
  readonly metadata: Record<string, string>;
  readonly contentType: string | undefined;
  readonly parts: Map<number, Uint8Array>;
}

export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, FakeObject>();
  const uploads = new Map<string, FakeUpload>();
  let begun = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeS3 = {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    uploads,
    requests: [],
    pageSize: 1000,
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const [, bucket = "", ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    const query = url.searchParams;
    const operation = operationOf(request.method ?? "", key, query, request.headers["x-amz-copy-source"] !== undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = new Uint8Array(Buffer.concat(chunks));
    fake.requests.push({ operation, key });
    const fault = await fake.fault?.({ operation, key });
    if (fault !== undefined) return refuse(response, fault.status, fault.code);
    if (bucket !== fakeBucket) return refuse(response, 404, "NoSuchBucket");
    const metadata = metadataOf(request);
    const contentType = request.headers["content-type"];
    switch (operation) {
      case "PutObject":
        objects.set(key, { body, metadata, contentType, modified: new Date() });
        return send(response, 200, { etag: etag(body) });
      case "HeadObject":
      case "GetObject": {
        const object = objects.get(key);
        if (object === undefined) return refuse(response, 404, "NoSuchKey");
        const headers = {
          "content-length": String(object.body.byteLength),
          "last-modified": object.modified.toUTCString(),
          ...(object.contentType === undefined ? {} : { "content-type": object.contentType }),
          ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
        };
        return send(response, 200, headers, operation === "GetObject" ? object.body : undefined);
      }
      case "ListObjectsV2":
        return sendXml(response, list(query));
      case "CreateMultipartUpload": {
        begun += 1;
        const id = `upload-${begun}`;
        uploads.set(id, { key, metadata, contentType, parts: new Map() });
        return sendXml(
          response,
          `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      case "ListMultipartUploads": {
        const items = [...uploads].map(
          ([id, upload]) =>
            `<Upload><Key>${escapeXml(upload.key)}</Key><UploadId>${id}</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload>`,
        );
        return sendXml(response, `<ListMultipartUploadsResult>${items.join("")}</ListMultipartUploadsResult>`);
      }
    }
    const id = query.get("uploadId") ?? "";
    const upload = uploads.get(id);
    if (upload === undefined) return refuse(response, 404, "NoSuchUpload");
    switch (operation) {
      case "UploadPart":
        upload.parts.set(Number(query.get("partNumber")), body);
        return send(response, 200, { etag: etag(body) });
      case "ListParts": {
        const parts = [...upload.parts.keys()].map((number) => `<Part><PartNumber>${number}</PartNumber></Part>`);
        return sendXml(response, `<ListPartsResult>${parts.join("")}</ListPartsResult>`);
      }
      case "AbortMultipartUpload":
        uploads.delete(id);
        return send(response, 204, {});
      case "CompleteMultipartUpload": {
        const numbers = [...new TextDecoder().decode(body).matchAll(/<PartNumber>(\d+)</g)].map(([, number]) =>
          Number(number),
        );
        const parts = numbers.map((number) => upload.parts.get(number) ?? new Uint8Array());
        uploads.delete(id);
        objects.set(key, { ...upload, body: new Uint8Array(Buffer.concat(parts)), modified: new Date() });
        return sendXml(
          response,
          "<CompleteMultipartUploadResult><ETag>&quot;0-1&quot;</ETag></CompleteMultipartUploadResult>",
        );
      }
    }
    return refuse(response, 501, "NotImplemented");
  }

  function list(query: URLSearchParams): string {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter") ?? "";
    const limit = Math.min(Number(query.get("max-keys") ?? 1000), fake.pageSize);
    const after = query.get("continuation-token") ?? "";
    const found = new Map<string, FakeObject | undefined>();
    for (const [key, object] of objects) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (end < 0) found.set(key, object);
      else found.set(key.slice(0, end + 1), undefined);
    }
    const names = [...found.keys()].sort().filter((name) => name > after);
    const page = names.slice(0, limit);
    const items = page.map((name) => {
      const object = found.get(name);
      if (object === undefined) return `<CommonPrefixes><Prefix>${toUrl(name)}</Prefix></CommonPrefixes>`;
      const { body, modified } = object;
      return `<Contents><Key>${toUrl(name)}</Key><Size>${body.byteLength}</Size><LastModified>${modified.toISOString()}</LastModified></Contents>`;
    });
    const more = names.length > page.length;
    const next = more ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    return `<ListBucketResult><EncodingType>url</EncodingType><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${next}${items.join("")}</ListBucketResult>`;
  }
}

function operationOf(method: string, key: string, query: URLSearchParams, copies: boolean): string {
  const has = (name: string): boolean => query.has(name);
  if (key === "")
    return method === "GET" && has("uploads") ? "ListMultipartUploads" : method === "GET" ? "ListObjectsV2" : method;
  if (has("uploads")) return "CreateMultipartUpload";
  if (has("uploadId")) {
    const operations: Record<string, string> = {
      PUT: "UploadPart",
      POST: "CompleteMultipartUpload",
      DELETE: "AbortMultipartUpload",
      GET: "ListParts",
    };
    return operations[method] ?? method;
  }
  if (copies) return "CopyObject";
  return { PUT: "PutObject", GET: "GetObject", HEAD: "HeadObject" }[method] ?? method;
}

function metadataOf({ headers }: IncomingMessage): Record<string, string> {
  const prefix = "x-amz-meta-";
  const entries = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body?: Uint8Array): void {
  response.writeHead(status, headers);
  response.end(body);
}

function sendXml(response: ServerResponse, xml: string): void {
  send(response, 200, { "content-type": "application/xml" }, new TextEncoder().encode(`<?xml version="1.0"?>${xml}`));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Said by the fake</Message></Error>`;
  send(response, status, { "content-type": "application/xml" }, new TextEncoder().encode(xml));
}

function etag(body: Uint8Array): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function toUrl(key: string): string {
  return encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
