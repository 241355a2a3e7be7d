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
  /** Seconds after which another try may succeed (Retry-After); 0: the answer does not say. */
  readonly retryAfter: number;
  /** For the next step of signing in, where there is one. */
  readonly challenge: string;

  constructor(answer: {
    status: number;
    code: string;
    message: string;
    nextStep?: string;
    requestId?: string;
    details?: FieldError[];
    retryAfter?: number;
    challenge?: string;
  }) {
    super(answer.message);
    this.name = "ApiError";
    this.status = answer.status;
    this.code = answer.code;
    this.nextStep = answer.nextStep ?? "";
    this.requestId = answer.requestId ?? "";
    this.details = answer.details ?? [];
    this.retryAfter = answer.retryAfter ?? 0;
    this.challenge = answer.challenge ?? "";
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

/** The error that an answer is, also when it is no answer of the control plane (a proxy's page). */
export function errorOf(response: Response, body: unknown): ApiError {
  const answer = (body as ErrorEnvelope | undefined)?.error;
  const details = answer?.details ?? [];
  return new ApiError({
    status: response.status,
    code: answer?.code ?? `HTTP_${response.status}`,
    message: answer?.message ?? text.errors.foreignAnswer(response.status),
    nextStep: answer?.next_step ?? "",
    requestId: answer?.request_id ?? response.headers.get("X-Request-Id") ?? "",
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
