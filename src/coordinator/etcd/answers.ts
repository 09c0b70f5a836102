// What an error from etcd means: that it certainly did nothing, or that nobody knows.
import {
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  EtcdUserNotFoundError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCNotImplementedError,
  GRPCOutOfRangeError,
  GRPCUnauthenticatedError,
  GRPCUnavailableError,
} from "etcd3";
import { CoordinatorUnavailableError } from "../coordinator.ts";

/** etcd has refused the call and done nothing. Trying the same again doesn't help. */
export class EtcdRefusedError extends Error {
  readonly code = "etcd_refused";
}
/** The lease is over, or never was. */
export class LeaseGoneError extends Error {
  readonly code = "etcd_lease_gone";
}

const refusals = [
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdPermissionDeniedError,
  EtcdUserNotFoundError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCNotImplementedError,
  GRPCOutOfRangeError,
  GRPCUnauthenticatedError,
];

/**
 * Everything that isn't certainly a refusal is no answer: a deadline, a broken connection, and also "request timed out"
 * from etcd itself, which may still commit what it gave up waiting for.
 */
export function explain(what: string, err: unknown): Error {
  if (err instanceof CoordinatorUnavailableError) return err;
  const said = err instanceof Error ? err.message : String(err);
  if (err instanceof EtcdLeaseInvalidError) return new LeaseGoneError(`${what}: ${said}`, { cause: err });
  if (refusals.some((refusal) => err instanceof refusal))
    return new EtcdRefusedError(
      `etcd refused ${what}: ${said}; check the user's rights on the prefix, the size of the request, and etcd's version`,
      { cause: err },
    );
  return new CoordinatorUnavailableError(
    `no answer from etcd to ${what}: ${said}; expected one in time, is etcd reachable and has it a quorum?`,
    { cause: err },
  );
}

/** There was no connection to send it on, so that it has certainly done nothing. */
export function wasNotSent(err: Error): boolean {
  return err.cause instanceof GRPCUnavailableError && /No connection established/.test(err.cause.message);
}
