import { text } from "../text";

/** One field that the control plane refused, and why. */
export interface FieldError {
  field: string;
  message: string;
}

/** An answer that is not a success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly nextStep: string;
  readonly requestId: string;
  readonly details: FieldError[];
  /** Seconds after which it is worth another try; 0: not told. */
  readonly retryAfter: number;
  /** What a step of signing in has to go on with. */
  readonly challenge: string;

  constructor(given: {
    status: number;
    code: string;
    message: string;
    nextStep?: string;
    requestId?: string;
    details?: FieldError[];
    retryAfter?: number;
    challenge?: string;
  }) {
    super(given.message);
    this.name = "ApiError";
    this.status = given.status;
    this.code = given.code;
    this.nextStep = given.nextStep ?? "";
    this.requestId = given.requestId ?? "";
    this.details = given.details ?? [];
    this.retryAfter = given.retryAfter ?? 0;
    this.challenge = given.challenge ?? "";
  }

  /** Nobody answered: the control plane is down, or the network is. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

interface ErrorEnvelope {
  error?: {
    code?: string;
    message?: string;
    next_step?: string;
    request_id?: string;
    details?: { field: string; message: string }[];
    [extra: string]: unknown;
  };
}

/** What a refused answer says, also when it is not one of ours (a proxy's page). */
export function errorOf(response: Response, body: unknown): ApiError {
  const given = (body as ErrorEnvelope | undefined)?.error;
  const details = given?.details ?? [];
  return new ApiError({
    status: response.status,
    code: given?.code ?? `HTTP_${response.status}`,
    message: given?.message ?? text.errors.foreignAnswer(response.status),
    nextStep: given?.next_step ?? "",
    requestId: given?.request_id ?? response.headers.get("X-Request-Id") ?? "",
    details: details.map(({ field, message }) => ({ field, message })),
    retryAfter: Number(response.headers.get("Retry-After") ?? 0) || 0,
    challenge: details.find(({ field }) => field === "challenge")?.message ?? "",
  });
}

export function unreachable(cause: unknown): ApiError {
  const error = new ApiError({ status: 0, code: "UNREACHABLE", message: text.errors.unreachable });
  error.cause = cause;
  return error;
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}
